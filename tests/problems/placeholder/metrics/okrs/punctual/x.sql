/* ---
title: JFK leaves on time
owner: maria
baseline: 0
target: 100
challenges: Say openly what is hard.
description: Say what is counted, and what is not.
--- */
SELECT count(*) AS value
FROM flights
