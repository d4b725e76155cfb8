"""The demo: two clusters, Cilium installed on them by the playbook, and what the agents and a client say of it."""
