"""The process runtime: does for the testbed's nodes what kubelet and a container runtime do.

It watches the pods bound to a cluster's nodes and runs, for each container image that it knows, the real program
as a process in the node: ConfigMaps, Secrets and tokens as files, arguments and environment as the pod says,
the pod's own probes, restarts, and its status reported to the API server.
"""
