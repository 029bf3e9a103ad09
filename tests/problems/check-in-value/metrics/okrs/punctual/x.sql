/* ---
title: JFK leaves on time
owner: maria
baseline: 1
target: 5
checkins:
  - {on: 2013-10-05, value: 1}
--- */
SELECT 3 AS value
