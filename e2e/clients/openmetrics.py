"""Reads a file of OpenMetrics with Prometheus' own parser and prints how many samples it has; fails if it is malformed."""

import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families

with open(sys.argv[1], encoding="utf-8") as file:
    families = list(text_string_to_metric_families(file.read()))
assert len({family.name for family in families}) == len(families), "a family stands twice"
print(sum(len(family.samples) for family in families))
