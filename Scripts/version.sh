#!/usr/bin/env bash
# Prints Sparrow's version, such as 0.1.0.
set -euo pipefail
cd "$(dirname "$0")/.."

sed -n 's/.*sparrowVersion = "\(.*\)".*/\1/p' Sources/Sparrow/Version.swift
