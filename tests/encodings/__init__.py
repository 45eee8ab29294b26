"""Clinical records written as FHIR R4 in the shapes that hospitals use, chosen at random.

A record is a list of facts (`records.yaml`, read by `facts`). For each fact one of its shapes
is chosen, and everything beside it: codes, dates, units, material, status, references, JSON.
All shapes of a fact say the same, so all bundles of a record must get the same assessment; near
misses say nothing, and must change nothing: those of `near_misses`, and for every shape a fact
that is spoiled in it (`spoiled`). What a shape cannot say in full is never written in it.

Nothing here imports a room of the product: what the reader knows, the writer may not learn
from it. `python -m tests.encodings` lists the shapes by section, each
with what is wrong in its near miss.
"""
