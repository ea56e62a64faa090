#!/usr/bin/env python3
"""Writes the manual page sparrow(1) to standard output.

usage: make-manual-page.py SPARROW

SPARROW: the command, which describes its subcommands, arguments and options itself.
"""

import json
import re
import subprocess
import sys

FOOTER = r"""
.SH ENVIRONMENT
.TP
.B SPARROW_ISA
Forces an instruction set: scalar, avx2, avx512, neon or neon_i8mm.
.SH EXIT STATUS
0 where all went well, 1 for an error, 2 where something was done with a warning, and 64 where the
command line is wrong.
.SH EXAMPLES
.EX
sparrow denoise noisy.wav clean.wav
sparrow denoise recordings/ cleaned/
sparrow denoise \-\-rate 48000 \- \- < noisy.raw > clean.raw
.EE
"""


def escaped(text: str) -> str:
    """Text in which roff sees no requests and no hyphens."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"(?m)^([.'])", r"\\&\1", text)


def paragraphs(text: str) -> list[str]:
    """Paragraphs; those that are indented are set as they are."""
    lines = []
    for paragraph in text.split("\n\n"):
        if paragraph.startswith("  "):
            lines += [".PP", ".EX", escaped(paragraph), ".EE"]
        else:
            lines += [".PP", escaped(paragraph)]
    return lines


def name(argument: dict, bold: bool = True) -> str:
    """An argument as it is typed, with the name of its value."""
    # Some arguments are two, as in "model> <text".
    named = argument.get("valueName", "value").replace("> <", " ")
    value = r"\fI" + escaped(named) + r"\fR"
    if argument["kind"] == "positional":
        return value
    names = []
    for spelling in argument["names"]:
        dashes = "--" if spelling["kind"] == "long" else "-"
        names.append(r"\fB" + escaped(dashes + spelling["name"]) + r"\fR")
    if not bold:
        names = [names[-1]]
    return ", ".join(names) + (" " + value if argument["kind"] == "option" else "")


def synopsis(argument: dict) -> str:
    """An argument in a synopsis."""
    text = name(argument, bold=False) + (r" \&..." if argument["isRepeating"] else "")
    return f"[{text}]" if argument["isOptional"] else text


def describe(command: dict, path: list[str], shared: set[str]) -> list[str]:
    """The section of a subcommand, without what all have."""
    arguments = [
        argument
        for argument in command.get("arguments", [])
        if argument["shouldDisplay"] and name(argument) not in shared
    ]
    title = " ".join(path)
    lines = [f".SS {escaped(title)}"]
    usage = [r"\fB" + escaped("sparrow " + title) + r"\fR", *map(synopsis, arguments)]
    lines += [" ".join(usage)]
    lines += paragraphs(command.get("abstract", ""))
    lines += paragraphs(command["discussion"]) if command.get("discussion") else []
    for argument in arguments:
        default = argument.get("defaultValue")
        text = argument.get("abstract", "") + (f" (default: {default})" if default else "")
        lines += [".TP", name(argument), escaped(text) or r"\&"]
    for subcommand in command.get("subcommands", []):
        lines += describe(subcommand, [*path, subcommand["commandName"]], shared)
    return lines


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    sparrow = sys.argv[1]

    def run(option: str) -> str:
        return subprocess.run([sparrow, option], check=True, text=True, capture_output=True).stdout

    root = json.loads(run("--experimental-dump-help"))["command"]
    version = run("--version").strip()
    shared = {name(argument) for argument in root["arguments"]}
    lines = [
        f'.TH SPARROW 1 "" "Sparrow {version}" "User Commands"',
        ".SH NAME",
        r"sparrow \- denoises speech, spots keywords, trains and runs sparse recurrent networks",
        ".SH SYNOPSIS",
        r"\fBsparrow\fR \fIsubcommand\fR [\fIoptions\fR]",
        ".br",
        r"\fBsparrow\fR [" + "] [".join(sorted(shared)) + "]",
        ".SH DESCRIPTION",
        escaped(root["abstract"]),
    ]
    lines += ["All subcommands have " + " and ".join(sorted(shared)) + "."]
    lines += [".SH SUBCOMMANDS"]
    for command in root["subcommands"]:
        if command["commandName"] != "help" and command["shouldDisplay"]:
            lines += describe(command, [command["commandName"]], shared)
    print("\n".join(lines) + FOOTER, end="")


if __name__ == "__main__":
    main()
