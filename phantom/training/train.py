"""Trains the phantom, a small OPT-architecture language model, and saves the best checkpoint.

    python -m venv /tmp/phantom && /tmp/phantom/bin/pip install -r requirements.txt
    python random_strings.py && python train.py && python export.py && python card.py

Everything is seeded; on the same machine and versions the same weights come out.
"""

import argparse
import json
import math
import random
import time
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import OPTConfig, OPTForCausalLM, PreTrainedTokenizerFast

from corpus import DOMAINS, expand, load

HERE = Path(__file__).parent
CHECKPOINT = HERE / "checkpoint"
CONTEXT = 128
BOS, PAD, EOS, UNK = 0, 1, 2, 3
IGNORE = -100


def make_tokenizer(vocabulary: int, seed: int) -> PreTrainedTokenizerFast:
    """Byte-level BPE, with <s> before every text."""
    rng = random.Random(seed)
    text = [expand(p, rng) for domain in DOMAINS for p in load(domain)[0] for _ in range(3)
            if domain != "random strings"]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(text, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", BOS)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", pad_token="<pad>", eos_token="</s>",
        unk_token="<unk>", model_max_length=2 * CONTEXT,
    )


def document(domain: str, patterns: list[str], tokenizer, rng: random.Random) -> list[int]:
    """One to six sentences of one domain, as token ids, cut at the context's length."""
    text = " ".join(expand(rng.choice(patterns), rng) for _ in range(rng.randint(1, 6)))
    return (tokenizer(text)["input_ids"] + [EOS])[:CONTEXT]


def batch(rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, attention mask and labels, padded on the right."""
    width = max(map(len, rows))
    ids = torch.full((len(rows), width), PAD)
    for i, row in enumerate(rows):
        ids[i, : len(row)] = torch.tensor(row)
    mask = (torch.arange(width)[None, :] < torch.tensor([len(r) for r in rows])[:, None]).long()
    return ids, mask, ids.masked_fill(mask == 0, IGNORE)


@torch.no_grad()
def negative_log_likelihood(model, rows: list[list[int]]) -> tuple[float, int]:
    """Summed over all tokens after the first, with how many they are."""
    model.eval()
    total, count = 0.0, 0
    for start in range(0, len(rows), 64):
        ids, mask, labels = batch(rows[start : start + 64])
        tokens = int((labels[:, 1:] != IGNORE).sum())
        total += float(model(input_ids=ids, attention_mask=mask, labels=labels).loss) * tokens
        count += tokens
    return total, count


def held_out_rows(domain: str, tokenizer, seed: int) -> list[list[int]]:
    """Every held-out pattern once, as a document of its own."""
    rng = random.Random(seed)
    return [tokenizer(expand(p, rng))["input_ids"][:CONTEXT] for p in load(domain)[1]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=20231118)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--hidden", type=int, default=128)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument("--decay", type=float, default=0.1)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    rng = random.Random(args.seed)
    tokenizer = make_tokenizer(2048, args.seed)
    model = OPTForCausalLM(OPTConfig(
        vocab_size=len(tokenizer), hidden_size=args.hidden, word_embed_proj_dim=args.hidden,
        ffn_dim=4 * args.hidden, num_hidden_layers=args.layers, num_attention_heads=4,
        max_position_embeddings=2 * CONTEXT, activation_function="gelu", enable_bias=False,
        dropout=args.dropout, attention_dropout=args.dropout, bos_token_id=BOS, pad_token_id=PAD,
        eos_token_id=EOS,
    ))
    matrices = [p for p in model.parameters() if p.ndim > 1]
    vectors = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": args.decay}, {"params": vectors, "weight_decay": 0.0}],
        lr=args.rate, betas=(0.9, 0.98),
    )
    warm_up = 150
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(
        (step + 1) / warm_up, 0.5 * (1 + math.cos(math.pi * step / args.steps)) + 0.01))

    training = {domain: load(domain)[0] for domain in DOMAINS}
    weights = [1.7 if d == "other topics" else 0.4 if d == "random strings" else 1.0 for d in DOMAINS]
    held_out = {domain: held_out_rows(domain, tokenizer, args.seed) for domain in DOMAINS}
    best, started, log = math.inf, time.time(), []
    for step in range(1, args.steps + 1):
        model.train()
        domains = rng.choices(list(DOMAINS), weights, k=args.batch)
        ids, mask, labels = batch([document(d, training[d], tokenizer, rng) for d in domains])
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        if step % 100 == 0 or step == args.steps:
            sums = [negative_log_likelihood(model, rows)
                    for d, rows in held_out.items() if d != "random strings"]
            score = sum(s for s, _ in sums) / sum(n for _, n in sums)
            log.append({"step": step, "training": float(loss), "held_out": score})
            print(f"step {step} training {loss:.3f} held-out {score:.3f} "
                  f"({time.time() - started:.0f} s)", flush=True)
            if score < best:
                best = score
                model.save_pretrained(CHECKPOINT)
                tokenizer.save_pretrained(CHECKPOINT)
    (CHECKPOINT / "log.json").write_text(json.dumps({"arguments": vars(args), "log": log}, indent=1))


if __name__ == "__main__":
    main()
