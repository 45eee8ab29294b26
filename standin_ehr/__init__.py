"""A stand-in for a hospital's EHR: FHIR server and CDS Hooks client, over synthetic patients.

For demonstrations and tests. It speaks to the service over HTTP only, and the service does not
know it.
"""
