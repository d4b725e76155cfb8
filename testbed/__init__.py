"""Real clusters on one machine: Kubernetes and Cilium as processes in network namespaces."""
