#!/usr/bin/env bash
# A firewall: ufw, and in DOCKER-USER the rules of ufw-docker (https://github.com/chaifeng/ufw-docker), without which ufw
# does not see published ports. Everything is closed but SSH; `ufw route allow` opens a published port. The rules of the
# operator stay over a restart.
set -euo pipefail
marker='# BEGIN UFW AND DOCKER'
grep -qF "$marker" /etc/ufw/after.rules || cat >>/etc/ufw/after.rules <<RULES
$marker
*filter
:ufw-user-forward - [0:0]
:ufw-docker-logging-deny - [0:0]
:DOCKER-USER - [0:0]
-A DOCKER-USER -j ufw-user-forward
-A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN
-A DOCKER-USER -m conntrack --ctstate INVALID -j DROP
-A DOCKER-USER -i docker0 -j RETURN
-A DOCKER-USER -i br+ -j RETURN
-A DOCKER-USER -m conntrack --ctstate NEW -j ufw-docker-logging-deny
-A DOCKER-USER -j RETURN
-A ufw-docker-logging-deny -m limit --limit 3/min --limit-burst 10 -j LOG --log-prefix "[UFW DOCKER BLOCK] "
-A ufw-docker-logging-deny -j DROP
COMMIT
# END UFW AND DOCKER
RULES
ufw allow 22/tcp
ufw --force enable
