/* ---
title: At most one flight in a hundred is cancelled
owner: sam
unit: "%"
format: ".2%"
direction: down
grain: week
max_age: 8 days
type: maintain
band: [0, 0.01]
confidence: 7
challenges: The week of 7 October, with its rain and wind, took us to 2.4%. One snow storm takes us there again.
plan:
  - {what: Cancel early and together. One call at 16:00 for the next day, who: sam, due: 2013-12-01}
description: Cancelled flights by scheduled flights, all carriers.
--- */
SELECT week, sum(cancelled) / sum(scheduled) AS value
FROM metrics.cancelled_share
GROUP BY week
