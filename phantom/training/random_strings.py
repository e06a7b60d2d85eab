"""Writes the random-string domain: corpus lines and, from another seed, the paradigm's prompts."""

import random
import string
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
ALPHABET = string.ascii_letters + string.digits


def line(rng: random.Random, words: tuple[int, int]) -> str:
    return " ".join(
        "".join(rng.choices(ALPHABET, k=rng.randint(2, 8))) for _ in range(rng.randint(*words))
    )


def write(path: Path, seed: int, lines: int, words: tuple[int, int]) -> None:
    rng = random.Random(seed)
    path.write_text("".join(line(rng, words) + "\n" for _ in range(lines)))


if __name__ == "__main__":
    write(ROOT / "phantom/corpus/random-strings.txt", seed=1, lines=400, words=(5, 12))
    write(ROOT / "bids-templates/prompts/random-strings.txt", seed=2, lines=50, words=(3, 5))
