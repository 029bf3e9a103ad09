"""Queries that run where the rows live: in a database, a warehouse, a cluster.

    guard.py         what such a query may do, judged on its parse in the engine's own dialect
    query_text.py    the text that is sent: comments blanked, as_of() filled in, places kept
    registry.py      which adapter serves which dialect and address, and the extra of its driver
    vendors/         one small adapter each, around one driver
    worker.py        the process that asks: one per engine and build, with one secret in its
                     environment
    process.py       the same seen from outside: started, held to its limits, killed
    rows.py          what came back, as a table: sorted, rounded, with a fingerprint
    result_store.py  tables of earlier builds
    engine_requests.py  one engine: guard, ask, keep, and say what went wrong at its place
    engines.py       all engines of a project, side by side

No driver, secret or socket enters the process that runs other queries: that one gets a file with
tables."""
