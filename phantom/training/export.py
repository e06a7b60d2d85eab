"""Exports the trained phantom as Transformers.js loads models: ONNX with a key-value cache, and JSON.

The model's own forward is patched, not wrapped, so that nodes are named after its modules
(/model/decoder/layers.0/fc1/MatMul), as Optimum does.
"""

import json
import types
from pathlib import Path

import onnx
import torch
from transformers import DynamicCache, OPTForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).parent
CHECKPOINT = HERE / "checkpoint"
PHANTOM = HERE.parent
OPSET = 17


def cached_forward(model: OPTForCausalLM):
    """forward(input_ids, attention_mask, past keys and values ...) -> logits, present ..."""
    original = model.forward

    def forward(self, input_ids, attention_mask, *past):
        cache = DynamicCache(list(zip(past[0::2], past[1::2])))
        output = original(input_ids=input_ids, attention_mask=attention_mask,
                          past_key_values=cache, use_cache=True)
        present = [t for layer in output.past_key_values.layers for t in (layer.keys, layer.values)]
        return (output.logits, *present)

    return types.MethodType(forward, model)


def save_tokenizer(tokenizer: PreTrainedTokenizerFast) -> None:
    """tokenizer.json and tokenizer_config.json, the latter with only what loaders need."""
    tokenizer.backend_tokenizer.save(str(PHANTOM / "tokenizer.json"))
    kept = ("bos_token", "eos_token", "pad_token", "unk_token", "model_max_length")
    settings = {key: getattr(tokenizer, key) for key in kept}
    settings["tokenizer_class"] = "PreTrainedTokenizerFast"
    (PHANTOM / "tokenizer_config.json").write_text(json.dumps(settings, indent=2) + "\n")


def export_onnx(model: OPTForCausalLM, target: Path) -> None:
    """Writes the model with a key-value cache as inputs and outputs."""
    config = model.config
    heads, width = config.num_attention_heads, config.hidden_size // config.num_attention_heads
    names = [f"{i}.{part}" for i in range(config.num_hidden_layers) for part in ("key", "value")]
    past = [torch.randn(2, heads, 5, width) for _ in names]
    ids = torch.randint(4, config.vocab_size, (2, 3))
    mask = torch.ones(2, 8, dtype=torch.long)

    model.forward = cached_forward(model)
    axes = {"input_ids": {0: "batch_size", 1: "sequence_length"},
            "attention_mask": {0: "batch_size", 1: "total_sequence_length"},
            "logits": {0: "batch_size", 1: "sequence_length"}}
    axes |= {f"past_key_values.{n}": {0: "batch_size", 2: "past_sequence_length"} for n in names}
    axes |= {f"present.{n}": {0: "batch_size", 2: "total_sequence_length"} for n in names}
    target.parent.mkdir(parents=True, exist_ok=True)
    with torch.no_grad():
        torch.onnx.export(
            model, (ids, mask, *past), str(target), dynamo=False, opset_version=OPSET,
            input_names=["input_ids", "attention_mask", *(f"past_key_values.{n}" for n in names)],
            output_names=["logits", *(f"present.{n}" for n in names)],
            dynamic_axes=axes, do_constant_folding=True,
        )
    onnx.checker.check_model(str(target))


def main() -> None:
    torch.manual_seed(0)
    model = OPTForCausalLM.from_pretrained(CHECKPOINT, attn_implementation="eager").eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(CHECKPOINT)
    config = model.config
    target = PHANTOM / "onnx" / "model.onnx"
    export_onnx(model, target)
    config.architectures = ["OPTForCausalLM"]
    config.save_pretrained(PHANTOM)
    model.generation_config.save_pretrained(PHANTOM)
    save_tokenizer(tokenizer)
    print(f"{target}: {target.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
