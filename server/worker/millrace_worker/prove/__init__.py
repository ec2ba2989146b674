"""`npm run prove`: hostile attempts on the sandbox, with positive control, mutation and the search for a canary."""
