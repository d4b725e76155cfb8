"""Simulated agents: other versions of Cilium than the one that is built, and hundreds of nodes.

Their nodes and pods are kwok's, their answers are files. Whatever they prove is called simulated where it is reported.
"""
