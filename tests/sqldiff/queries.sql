Queries as people write them, over the tables of tables.py: joins, subqueries, chains of CTEs, windows, sets.

### weekly flights
SELECT date_trunc('week', flight_date) AS week, count(*) AS value
FROM flights
WHERE NOT cancelled
GROUP BY week
ORDER BY week

### on-time departures
SELECT date_trunc('week', flight_date) AS week, origin, carrier,
       count(*) FILTER (WHERE dep_delay <= 15) AS on_time,
       count(*) AS scheduled
FROM flights
WHERE origin IN ('JFK', 'LGA', 'EWR')
GROUP BY ALL

### share on time
SELECT origin, count(*) FILTER (WHERE dep_delay <= 15 AND NOT cancelled) / count(*) AS value
FROM flights
WHERE flight_date BETWEEN DATE '2013-10-01' AND DATE '2013-12-31'
GROUP BY origin
HAVING count(*) >= 3

### slowest carriers
SELECT c.name, avg(f.dep_delay) AS value
FROM flights AS f
JOIN carriers AS c ON c.code = f.carrier
WHERE c.country = 'US' AND f.dep_delay IS NOT NULL
GROUP BY c.name
ORDER BY value DESC, c.name
LIMIT 3

### every carrier with its flights
SELECT c.code, c.name, count(f.flight_date) AS flights
FROM carriers c
LEFT JOIN flights f ON f.carrier = c.code AND f.origin = 'JFK'
GROUP BY c.code, c.name

### ninetieth percentile
SELECT date_trunc('month', flight_date) AS month, quantile_cont(dep_delay, 0.9) AS value
FROM flights
WHERE dep_delay > 0
GROUP BY 1

### active offices
SELECT count(DISTINCT o.office_id) AS value
FROM orders AS o
JOIN offices AS f ON f.office_id = o.office_id
WHERE o.ordered_at > TIMESTAMP '2013-11-21' - INTERVAL '28 days'
  AND o.status NOT IN ('cancelled', 'refunded')
  AND f.plan <> 'trial'

### revenue without refunds
SELECT sum(o.amount) - coalesce(sum(r.amount), 0) AS value
FROM orders o
LEFT JOIN refunds r ON r.order_id = o.order_id
WHERE o.status <> 'cancelled'

### revenue by region
WITH paid AS (
  SELECT office_id, amount, date_trunc('month', ordered_at) AS month
  FROM orders
  WHERE status = 'paid'
),
placed AS (
  SELECT p.month, f.region, p.amount
  FROM paid p
  JOIN offices f ON f.office_id = p.office_id
)
SELECT month, region, sum(amount) AS value
FROM placed
GROUP BY month, region

### average order of a region above the average
WITH per_region AS (
  SELECT f.region, avg(o.amount) AS mean_amount
  FROM orders o JOIN offices f USING (office_id)
  GROUP BY f.region
)
SELECT region, mean_amount
FROM per_region
WHERE mean_amount > (SELECT avg(amount) FROM orders)

### offices that never ordered
SELECT f.office_id, f.region
FROM offices f
WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.office_id = f.office_id AND o.status <> 'cancelled')

### orders of pro offices
SELECT order_id, amount
FROM orders
WHERE office_id IN (SELECT office_id FROM offices WHERE plan = 'pro' AND region = 'DACH')

### orders larger than their office's average
SELECT o.order_id
FROM orders o
WHERE o.amount > (SELECT avg(i.amount) FROM orders i WHERE i.office_id = o.office_id)

### last order of each office
SELECT office_id, order_id, amount
FROM orders
WHERE amount > 1
QUALIFY row_number() OVER (PARTITION BY office_id ORDER BY ordered_at DESC, order_id, amount, status, channel) = 1

### running total
SELECT flight_date, origin, sum(distance) OVER (PARTITION BY origin ORDER BY flight_date) AS total
FROM flights
WHERE distance > 2

### moving average of a week
SELECT day, avg(n) OVER (ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) AS value
FROM (SELECT flight_date AS day, count(*) AS n FROM flights WHERE flight_date IS NOT NULL GROUP BY flight_date) AS daily

### change on the day before
WITH daily AS (
  SELECT flight_date AS day, count(*) AS n FROM flights GROUP BY 1
)
SELECT day, n - lag(n, 1) OVER (ORDER BY day) AS value
FROM daily
WHERE day >= DATE '2013-10-01'

### rank of carriers
WITH delays AS (
  SELECT carrier, avg(dep_delay) AS mean_delay, count(*) AS n
  FROM flights
  WHERE NOT cancelled
  GROUP BY carrier
  HAVING count(*) > 2
),
ranked AS (
  SELECT carrier, mean_delay, rank() OVER (ORDER BY mean_delay DESC) AS place
  FROM delays
)
SELECT r.place, c.name, r.mean_delay
FROM ranked r
LEFT JOIN carriers c ON c.code = r.carrier
WHERE r.place <= 3

### everything that came in
SELECT user_id, kind, value FROM events WHERE value > 3
UNION ALL
SELECT user_id, kind, value FROM events_v2 WHERE value > 5

### users of either
SELECT user_id FROM events WHERE kind = 'buy'
UNION
SELECT user_id FROM events_v2 WHERE kind = 'click'

### users that left
SELECT user_id FROM events
EXCEPT
SELECT user_id FROM events_v2 WHERE kind = 'preview' AND value > 7

### users of both
SELECT user_id FROM events WHERE value >= 2
INTERSECT
SELECT user_id FROM events_v2 WHERE value >= 4

### conversion
SELECT count(DISTINCT user_id) FILTER (WHERE kind = 'buy') / count(DISTINCT user_id) AS value
FROM events
WHERE ts >= TIMESTAMP '2013-10-05 00:00:00'

### conversion by channel
SELECT channel,
       sum(CASE WHEN status = 'paid' THEN 1 ELSE 0 END) AS paid,
       count(*) AS all_orders,
       sum(CASE WHEN status = 'paid' THEN amount ELSE 0 END) / count(*) AS value
FROM orders
WHERE channel LIKE 'w%' OR channel IS NULL
GROUP BY channel

### sizes of orders
SELECT CASE WHEN amount < 2 THEN 'small' WHEN amount < 16 THEN 'middle' ELSE 'large' END AS size, count(*) AS n
FROM orders
GROUP BY size

### orders a day after the office opened
SELECT count(*) AS value
FROM orders o, offices f
WHERE o.office_id = f.office_id AND o.ordered_at >= f.opened + INTERVAL 1 DAY

### totals and parts
SELECT origin, dest, count(*) AS n
FROM flights
WHERE distance < 9
GROUP BY GROUPING SETS ((origin, dest), (origin), ())

### distinct routes
SELECT DISTINCT origin, dest
FROM flights
WHERE carrier = 'AA' OR carrier = 'UA'

### the nearest order for each refund
SELECT DISTINCT ON (r.order_id) r.order_id, o.amount
FROM refunds r
JOIN orders o ON o.order_id = r.order_id
WHERE o.amount > 0
ORDER BY r.order_id, o.amount DESC

### three joins
SELECT f.region, f.plan, count(*) AS n, sum(o.amount) AS amount, max(r.amount) AS refunded
FROM orders o
JOIN offices f ON f.office_id = o.office_id
LEFT JOIN refunds r ON r.order_id = o.order_id AND r.amount > 1
WHERE o.status IN ('paid', 'open') AND f.region <> 'Nordics'
GROUP BY f.region, f.plan

### a share of the whole
SELECT region, sum(amount) / (SELECT sum(amount) FROM orders WHERE status = 'paid') AS share
FROM orders JOIN offices USING (office_id)
WHERE status = 'paid'
GROUP BY region

### first and later orders
WITH numbered AS (
  SELECT office_id, amount, rank() OVER (PARTITION BY office_id ORDER BY ordered_at) AS nth
  FROM orders
  WHERE office_id IS NOT NULL
),
firsts AS (SELECT office_id, amount FROM numbered WHERE nth = 1),
laters AS (SELECT office_id, amount FROM numbered WHERE nth > 1)
SELECT count(DISTINCT f.office_id) AS firsts, count(l.office_id) AS laters
FROM firsts f
FULL JOIN laters l ON l.office_id = f.office_id

### events of both kinds of source, by day
WITH both_sources AS (
  SELECT date_trunc('day', ts) AS day, kind, value FROM events
  UNION ALL
  SELECT date_trunc('day', ts) AS day, kind, value FROM events_v2
)
SELECT day, kind, sum(value) AS value
FROM both_sources
WHERE kind <> 'pre_view'
GROUP BY day, kind
HAVING sum(value) > 4

### late in a row
SELECT f.origin, f.flight_date, f.dep_delay, coalesce(g.dep_delay, 0) AS before
FROM flights f
LEFT JOIN flights g ON g.origin = f.origin AND g.flight_date = f.flight_date - 1 AND g.carrier = f.carrier
WHERE f.dep_delay > 5 AND (g.dep_delay > 1 OR g.dep_delay IS NULL)

### regions without orders in October
SELECT f.region
FROM offices f
LEFT JOIN (SELECT DISTINCT office_id FROM orders WHERE ordered_at < TIMESTAMP '2013-11-01') o ON o.office_id = f.office_id
WHERE o.office_id IS NULL
GROUP BY f.region

### median of the week's worst
SELECT median(worst) AS value
FROM (
  SELECT date_trunc('week', flight_date) AS week, carrier, max(arr_delay) AS worst
  FROM flights
  WHERE arr_delay >= 0
  GROUP BY week, carrier
) AS weekly
WHERE worst > 1
