/* ---
title: JFK leaves on time
owner: maria
baseline: 1
target: 5
challenges:
  - The evening: twelve points worse than the morning
--- */
SELECT 3 AS value
