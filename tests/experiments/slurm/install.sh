#!/bin/sh
# Installs what the tests of a real Slurm need on Debian or Ubuntu; run it as root. Nothing is configured or kept
# running: the tests start daemons of their own, with a configuration of their own, and end them.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends slurmctld slurmd slurm-client munge
