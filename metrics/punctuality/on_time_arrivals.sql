/* ---
title: On-time arrivals
question: What share of our flights reaches its destination on time?
owner: jonas
unit: "%"
direction: up
grain: week
dimensions: [origin, carrier]
labels: {carrier: carriers.name}
numerator: arrived_on_time
denominator: scheduled
max_age: 8 days
description: Arrivals no later than 15 minutes after schedule; cancelled and diverted flights count as late.
--- */
SELECT week, origin, carrier, arrived_on_time, scheduled, arrived_on_time / scheduled AS value
FROM metrics._weekly
