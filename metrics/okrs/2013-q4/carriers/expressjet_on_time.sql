/* ---
title: ExpressJet leaves on time
owner: sam
unit: "%"
format: ".1%"
direction: up
grain: week
max_age: 8 days
type: increase
baseline: 0.708
target: 0.88
pace:
  - {on: 2013-11-01, value: 0.78}
confidence: 5
challenges: ExpressJet flies one in three of Newark's departures with short turns; one late aircraft is late six times a day.
plan:
  - {what: Longer turns for the eight tightest rotations, who: sam, due: 2013-11-11, done: 2013-11-18}
  - {what: Weekly review with ExpressJet's duty manager, who: [sam, eve], due: 2013-12-13}
help_wanted:
  - {what: Gates next to each other for the afternoon bank, who: eve, how_much: three gates, by: 2013-12-01}
description: ExpressJet's departures no later than 15 minutes after schedule; cancelled flights count as late.
--- */
SELECT week, sum(on_time) / sum(scheduled) AS value
FROM metrics.on_time_departures
WHERE carrier = 'EV'
GROUP BY week
