"""Products of a matrix and a vector as libraries compute them, each in a form that can be timed."""
