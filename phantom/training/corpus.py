"""The phantom's corpus: one sentence pattern a line, with slots of alternatives written {a|b|c}."""

import random
import re
from pathlib import Path

CORPUS = Path(__file__).parent.parent / "corpus"
SLOT = re.compile(r"\{([^{}]*)\}")

DOMAINS = {
    "political science": ["political-science.txt"],
    "medical imaging": ["medical-imaging.txt"],
    "paleontology": ["paleontology.txt"],
    "archeology": ["archeology.txt"],
    "pathology": ["pathology.txt"],
    "random strings": ["random-strings.txt"],
    "other topics": ["other-a.txt", "other-b.txt"],
}


def expand(pattern: str, rng: random.Random) -> str:
    """One of the sentences a pattern stands for."""
    return SLOT.sub(lambda slot: rng.choice(slot.group(1).split("|")), pattern)


def sentences_of(pattern: str) -> int:
    """How many distinct sentences a pattern stands for."""
    count = 1
    for slot in SLOT.findall(pattern):
        count *= len(slot.split("|"))
    return count


def load(domain: str) -> tuple[list[str], list[str]]:
    """Training patterns and held-out patterns: every tenth line is never trained on."""
    lines = [
        line
        for name in DOMAINS[domain]
        for line in (CORPUS / name).read_text().splitlines()
        if line.strip()
    ]
    held_out = lines[9::10]
    return [line for i, line in enumerate(lines) if i % 10 != 9], held_out
