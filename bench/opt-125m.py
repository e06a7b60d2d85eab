"""Makes an OPT of Galactica-125M's size with random weights, for timing: python opt-125m.py FOLDER

Needs phantom/training/requirements.txt. It borrows the phantom's tokenizer: only token ids matter.
"""

import shutil
import sys
from pathlib import Path

import torch
from transformers import OPTConfig, OPTForCausalLM

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "phantom" / "training"))
from export import PHANTOM, export_onnx  # noqa: E402


def main() -> None:
    folder = Path(sys.argv[1])
    torch.manual_seed(0)
    config = OPTConfig(
        vocab_size=50_000, hidden_size=768, word_embed_proj_dim=768, ffn_dim=3072,
        num_hidden_layers=12, num_attention_heads=12, max_position_embeddings=2048,
        activation_function="gelu", enable_bias=False, bos_token_id=0, pad_token_id=1,
        eos_token_id=2, attn_implementation="eager",
    )
    model = OPTForCausalLM(config).eval()
    export_onnx(model, folder / "onnx" / "model.onnx")
    config.architectures = ["OPTForCausalLM"]
    config.save_pretrained(folder)
    model.generation_config.save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(PHANTOM / name, folder / name)


if __name__ == "__main__":
    main()
