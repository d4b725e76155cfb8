# Copyright (c) 2026 the fleet.cilium authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network drivers with native XDP. PRIVATE to the collection.

From Cilium's reference guide on BPF, "XDP drivers", of 1.20. Names are those that `ethtool -i` prints, or what they
begin with: mlx5 stands for mlx5_core.
"""

from __future__ import annotations

XDP: dict[str, str] = {
    "atlantic": "5.19",
    "bnxt_en": "4.11",
    "bonding": "5.15",
    "cpsw": "5.3",
    "dpaa2": "5.0",
    "dpaa": "5.11",
    "ena": "5.6",
    "enetc": "5.13",
    "fec": "6.2",
    "fun": "5.18",
    "gve": "6.4",
    "hv_netvsc": "5.6",
    "i40e": "4.13",
    "ice": "5.5",
    "igb": "5.10",
    "igc": "5.13",
    "ixgbe": "4.12",
    "ixgbevf": "4.17",
    "lan966x": "6.2",
    "mana": "5.17",
    "mlx4": "4.8",
    "mlx5": "4.9",
    "mtk": "6.0",
    "mvneta": "5.5",
    "mvpp2": "5.9",
    "netdevsim": "4.16",
    "netsec": "5.3",
    "nfp": "4.10",
    "octeontx2": "5.16",
    "otx2": "5.16",
    "qede": "4.10",
    "rvu_nicpf": "5.16",
    "sfc": "5.5",
    "stmmac": "5.13",
    "thunder": "4.12",
    "tsnep": "6.3",
    "tun": "4.14",
    "veth": "4.19",
    "virtio_net": "4.10",
    "vmxnet3": "6.6",
    "xen-netfront": "5.9",
}
