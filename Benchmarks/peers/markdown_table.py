"""The one way that results are laid out."""


def markdown(rows: list[list[str]]) -> str:
    """Lays rows out as a table, the first row being its head."""
    head, *body = rows
    rule = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *body])
