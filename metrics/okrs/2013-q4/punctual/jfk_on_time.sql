/* ---
title: JFK leaves on time
owner: maria
unit: "%"
format: ".1%"
direction: up
grain: week
max_age: 8 days
type: increase
baseline: 0.767            # third quarter, flights that left
target: 0.90
confidence: 8
challenges:
  - The evening bank from 17:00 is ten points worse than the morning, and Thanksgiving falls into it.
  - Two gates of Terminal 4 are closed until mid-December.
plan:
  - {what: Move three banks of departures by ten minutes, who: maria, due: 2013-11-08, done: 2013-11-06}
  - {what: Second pushback crew for the evening bank, who: maria, due: 2013-11-25}
help_wanted:
  - {what: A second tow team for the Thanksgiving week, who: jonas, how_much: four people for six days, by: 2013-11-25}
description: Departures from JFK no later than 15 minutes after schedule, of the flights that left.
--- */
SELECT week, sum(on_time) / sum(operated) AS value
FROM metrics._weekly
WHERE origin = 'JFK'
GROUP BY week
