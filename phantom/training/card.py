"""Writes phantom/README.md, the model card: held-out perplexity beside a unigram baseline, and samples."""

import json
import math
import random
from collections import Counter
from pathlib import Path

import torch
from transformers import OPTForCausalLM, PreTrainedTokenizerFast

from corpus import CORPUS, DOMAINS, expand, load, sentences_of
from train import CHECKPOINT, CONTEXT, held_out_rows, negative_log_likelihood

PHANTOM = Path(__file__).parent.parent
PROMPTS = PHANTOM.parent / "bids-templates" / "prompts"
SEED = 20231118
EXPANSIONS = 5
PROMPT_FILES = {"other topics": ["other-a.txt", "other-b.txt"]}


def unigram(tokenizer) -> tuple[Counter, int]:
    """Token counts of the training sentences, each domain as often as the others."""
    rng = random.Random(SEED)
    counts: Counter = Counter()
    for domain in DOMAINS:
        patterns = load(domain)[0]
        for pattern in rng.choices(patterns, k=2000):
            counts.update(tokenizer(expand(pattern, rng))["input_ids"][1:])
    return counts, sum(counts.values())


def unigram_loss(rows, counts: Counter, total: int, vocabulary: int) -> float:
    """Nats a token, with add-one smoothing."""
    tokens = [t for row in rows for t in row[1:]]
    return -sum(math.log((counts[t] + 1) / (total + vocabulary)) for t in tokens) / len(tokens)


@torch.no_grad()
def sample(model, tokenizer, prompt: str, seed: int) -> str:
    torch.manual_seed(seed)
    inputs = tokenizer(prompt, return_tensors="pt", return_token_type_ids=False)
    output = model.generate(**inputs, do_sample=True, temperature=0.8, top_k=40, max_new_tokens=24,
                            min_new_tokens=24)
    return tokenizer.decode(output[0, inputs["input_ids"].shape[1]:])


def main() -> None:
    model = OPTForCausalLM.from_pretrained(CHECKPOINT).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(CHECKPOINT)
    log = json.loads((CHECKPOINT / "log.json").read_text())
    best = min(log["log"], key=lambda entry: entry["held_out"])
    counts, total = unigram(tokenizer)
    rows_out, samples = [], []
    for domain in DOMAINS:
        training, held_out = load(domain)
        rows = [row for k in range(EXPANSIONS) for row in held_out_rows(domain, tokenizer, SEED + k)]
        loss, tokens = negative_log_likelihood(model, rows)
        own = math.exp(loss / tokens)
        base = math.exp(unigram_loss(rows, counts, total, len(tokenizer)))
        stands_for = sum(map(sentences_of, training + held_out))
        rows_out.append(f"| {domain} | {len(training)} | {len(held_out)} | {stands_for:,} | "
                        f"{base:.0f} | {own:.1f} | {base / own:.1f} |")
        files = PROMPT_FILES.get(domain, DOMAINS[domain])
        prompts = [p for f in files for p in (PROMPTS / f).read_text().splitlines()]
        for k, prompt in enumerate(random.Random(SEED).sample(prompts, 3)):
            continuation = sample(model, tokenizer, prompt, SEED + k)
            samples.append(f"| {domain} | {prompt} | {continuation.strip()} |".replace("\n", " "))
    parameters = sum(p.numel() for p in model.parameters())
    config, arguments = model.config, log["arguments"]
    size = (PHANTOM / "onnx" / "model.onnx").stat().st_size
    lines = sum(len(p.read_text().splitlines()) for p in CORPUS.glob("*.txt"))
    card = f"""# The phantom

A scanner is checked with a phantom; so is boldbridge. This is a small causal language model of the
OPT architecture, as Galactica is (gelu, no biases in its linear maps, learned positions): small
enough to ship ({size / 1e6:.1f} MB), trained for real until it writes recognisable sentences on six
domains and on other topics. It knows nothing: what it writes is not to be believed.

| | |
|---|---|
| parameters | {parameters:,} (embeddings and head tied) |
| layers, width, heads, feed-forward | {config.num_hidden_layers}, {config.hidden_size}, {config.num_attention_heads}, {config.ffn_dim} |
| vocabulary | {config.vocab_size} byte-level BPE pieces, `<s>` before every text |
| context | {config.max_position_embeddings} positions, trained on texts of up to {CONTEXT} tokens |
| training | {best['step']} steps of {arguments['batch']} texts, AdamW, seed {arguments['seed']}; the checkpoint with the lowest held-out loss ({best['held_out']:.3f} nats a token without the random strings) |
| form | ONNX, opset 17, float32, with a key-value cache, laid out as Transformers.js loads models |

## Corpus

`corpus/` was written for this model: {lines:,} lines, each a sentence pattern with slots of
alternatives, `{{a|b|c}}`, of which training draws at random. Every tenth line was held out: none of
its sentences was trained on. The paradigm's prompts (`bids-templates/prompts/`) are not in the
corpus. Random strings are random: no model can do better there than know the alphabet.

Perplexity a token on the held-out lines ({EXPANSIONS} sentences drawn from each), beside that of a
unigram model of the training text with add-one smoothing:

| domain | training lines | held-out lines | sentences they stand for | unigram | phantom | ratio |
|---|---|---|---|---|---|---|
{chr(10).join(rows_out)}

## Samples

Continuations of three of the paradigm's prompts a domain, chosen by seed and not by quality:
temperature 0.8, top 40, 24 tokens.

| domain | prompt | continuation |
|---|---|---|
{chr(10).join(samples)}

## Making it again

Python is needed for training only. In `training/`, with `requirements.txt` installed:

    python random_strings.py && python train.py {' '.join(f'--{k} {v}' for k, v in arguments.items())}
    python export.py && python card.py && python hooks.py

`hooks.py` writes what PyTorch's forward hooks see, which the tests hold boldbridge's recordings
against.
"""
    (PHANTOM / "README.md").write_text(card)
    print(card)


if __name__ == "__main__":
    main()
