"""A built site's numbers over the Model Context Protocol: read-only, one audience's tree, as it is
on disk now.

    site/airports/  --tree-->  documents  --find, answers-->  Answer  --server-->  a client

Only `server` knows the SDK, which is an optional extra. Nothing here reads a declared file: what
the tree does not hold cannot leak."""
