/* ---
title: Share of flights cancelled
question: What share of the schedule never leaves?
owner: sam
unit: "%"
format: ".2%"
direction: down
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
numerator: cancelled
denominator: scheduled
max_age: 8 days
target:
  - {from: 2013-01-01, value: 0.02}
  - {from: 2013-07-01, value: 0.01}
drives: [schedule_kept]
description: Cancelled flights by scheduled flights.
--- */
SELECT week, origin, carrier, cancelled, scheduled, cancelled / scheduled AS value
FROM metrics._weekly
