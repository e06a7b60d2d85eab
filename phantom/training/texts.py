"""Writes bids-templates/texts: sentences of every domain that the phantom was not trained on, one a line."""

import random

from corpus import CORPUS, DOMAINS, expand, load

TEXTS = 60
SEED = 20231118
FOLDER = CORPUS.parent.parent / "bids-templates" / "texts"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for domain in DOMAINS:
        rng = random.Random(f"{SEED} {domain}")
        _, held_out = load(domain)
        patterns = rng.sample(held_out, min(TEXTS, len(held_out)))
        lines = [expand(pattern, rng) for pattern in patterns]
        path = FOLDER / f"{domain.replace(' ', '-')}.txt"
        path.write_text("\n".join(lines) + "\n")
        print(path.name, len(lines), sum(len(line.split()) for line in lines) / len(lines))


if __name__ == "__main__":
    main()
