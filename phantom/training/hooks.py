"""Writes test/fixtures/phantom-hooks.json: what PyTorch's forward hooks see in the phantom.

A prompt is continued greedily; then one forward pass over the whole sequence, without a cache, is
watched by hooks on every module. Kept for each module: its width and, at each generated token's
position, the norm over all units and the first eight values.
"""

import json
from pathlib import Path

import torch
from transformers import OPTForCausalLM, PreTrainedTokenizerFast

HERE = Path(__file__).parent
CHECKPOINT = HERE / "checkpoint"
TARGET = HERE.parent.parent / "test" / "fixtures" / "phantom-hooks.json"
PROMPT = "The doctor looked at the"
TOKENS = 6
KEPT = 8


def address(name: str) -> str:
    """PyTorch's dotted name as boldbridge writes it: the list index stays with its list."""
    path = name.removeprefix("model.").replace(".", "/")
    return "/" + path.replace("layers/", "layers.")


@torch.no_grad()
def main() -> None:
    model = OPTForCausalLM.from_pretrained(CHECKPOINT, attn_implementation="eager").eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(CHECKPOINT)
    ids = tokenizer(PROMPT, return_tensors="pt")["input_ids"]
    prompt_length = ids.shape[1]
    for _ in range(TOKENS):
        logits = model(ids).logits[:, -1]
        logits[:, model.config.eos_token_id] = -torch.inf
        ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], 1)

    seen: list[tuple[str, str, torch.Tensor]] = []

    def output_of(name):
        def hook(_module, _inputs, output):
            tensor = output if isinstance(output, torch.Tensor) else output[0]
            seen.append((address(name), "output", tensor))
        return hook

    def input_of(name, kind):
        def hook(_module, inputs):
            seen.append((address(name), kind, inputs[0]))
        return hook

    for name, module in model.named_modules():
        if name in ("", "model", "lm_head"):
            continue
        if name.endswith("out_proj"):
            module.register_forward_pre_hook(input_of(name.replace("out_proj", "context"), "context"))
        if name.endswith("layer_norm") and "layers." in name:
            module.register_forward_pre_hook(input_of(f"{name}.residual", "residual"))
        module.register_forward_hook(output_of(name))
    logits = model(ids).logits[0]

    positions = [prompt_length - 1 + k for k in range(TOKENS)]
    modules = []
    for path, kind, tensor in seen:
        rows = tensor.reshape(-1, tensor.shape[-1])[positions]
        modules.append({
            "path": path, "kind": kind, "width": tensor.shape[-1],
            "norms": [float(row.norm()) for row in rows],
            "values": [[float(v) for v in row[:KEPT]] for row in rows],
        })
    log_p = torch.log_softmax(logits.double(), -1)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps({
        "prompt": PROMPT, "ids": ids[0].tolist(), "promptLength": prompt_length,
        "logProbabilities": [float(log_p[p, ids[0, p + 1]]) for p in positions],
        "entropies": [float(-(log_p[p].exp() * log_p[p]).sum()) for p in positions],
        "modules": modules,
    }) + "\n")
    print(f"{TARGET}: {len(modules)} tensors, {TARGET.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
