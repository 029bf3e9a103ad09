/* ---
title: Newark keeps nobody waiting an hour
owner: eve
unit: "%"
format: ".1%"
direction: down
grain: week
max_age: 8 days
type: decrease
commitment: aspirational
baseline: 0.089
target: 0.025
confidence: 6
challenges: >
  Half of our long delays begin somewhere else: an aircraft comes in late and leaves late. We only control the turn.
plan:
  - {what: Standby aircraft for the four longest rotations, who: [eve, sam], due: 2013-11-15, done: true}
  - {what: Call the next crew when the inbound flight is 30 minutes late, who: eve, due: 2013-12-02}
offers:
  - {what: Two de-icing trucks with crews, until: 2013-12-20}
description: Share of Newark's scheduled flights that leave more than 60 minutes late.
--- */
SELECT week, sum(long_delays) / sum(scheduled) AS value
FROM metrics.long_delays
WHERE origin = 'EWR'
GROUP BY week
