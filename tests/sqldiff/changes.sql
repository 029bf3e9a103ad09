Changes of meaning, however small they look. All run on DuckDB over the tables of tables.py; `--->` stands between before and after.

## conditions

### a filter added
SELECT count(*) AS value FROM flights
--->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'

### a filter removed
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND dep_delay > 5
--->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'

### another literal
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
--->
SELECT count(*) AS value FROM flights WHERE dep_delay > 16

### case of a literal
SELECT count(*) AS value FROM orders WHERE channel = 'web'
--->
SELECT count(*) AS value FROM orders WHERE channel = 'Web'

### >= for >
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
--->
SELECT count(*) AS value FROM flights WHERE dep_delay >= 15

### a comparison turned the wrong way
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
--->
SELECT count(*) AS value FROM flights WHERE 15 > dep_delay

### OR for AND
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND dep_delay > 5
--->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' OR dep_delay > 5

### AND and OR regrouped
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND dep_delay > 5 OR distance > 7
--->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND (dep_delay > 5 OR distance > 7)

### NOT lost
SELECT count(*) AS value FROM flights WHERE NOT (origin = 'JFK')
--->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'

### NOT over less
SELECT count(*) AS value FROM flights WHERE NOT (origin = 'JFK' AND dep_delay > 5)
--->
SELECT count(*) AS value FROM flights WHERE NOT origin = 'JFK' AND dep_delay > 5

### De Morgan done wrong
SELECT count(*) AS value FROM flights WHERE NOT (origin = 'JFK' AND dep_delay > 5)
--->
SELECT count(*) AS value FROM flights WHERE origin <> 'JFK' AND dep_delay <= 5

### IS DISTINCT FROM for NOT IN
SELECT count(*) AS value FROM orders WHERE status NOT IN ('cancelled')
--->
SELECT count(*) AS value FROM orders WHERE status IS DISTINCT FROM 'cancelled'

### IS DISTINCT FROM for <>
SELECT count(*) AS value FROM orders WHERE status <> 'cancelled'
--->
SELECT count(*) AS value FROM orders WHERE status IS DISTINCT FROM 'cancelled'

### IS NOT DISTINCT FROM for =
SELECT count(*) AS value FROM orders o JOIN offices f ON o.office_id = f.office_id
--->
SELECT count(*) AS value FROM orders o JOIN offices f ON o.office_id IS NOT DISTINCT FROM f.office_id

### x = x is a filter
SELECT count(*) AS value FROM flights
--->
SELECT count(*) AS value FROM flights WHERE dep_delay = dep_delay

### x <= x is a filter
SELECT count(*) AS value FROM flights
--->
SELECT count(*) AS value FROM flights WHERE dep_delay <= dep_delay

### x OR NOT x is a filter
SELECT count(*) AS value FROM flights
--->
SELECT count(*) AS value FROM flights WHERE dep_delay > 5 OR NOT dep_delay > 5

### IS NULL for IS NOT NULL
SELECT count(*) AS value FROM flights WHERE dep_delay IS NULL
--->
SELECT count(*) AS value FROM flights WHERE dep_delay IS NOT NULL

### NULL in a list
SELECT count(*) AS value FROM flights WHERE origin NOT IN ('JFK')
--->
SELECT count(*) AS value FROM flights WHERE origin NOT IN ('JFK', NULL)

### a member less
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK', 'LGA')
--->
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK')

### two members made one
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK', 'LGA')
--->
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK'', ''LGA')

### IN for NOT IN
SELECT count(*) AS value FROM flights WHERE origin NOT IN ('JFK', 'LGA')
--->
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK', 'LGA')

### BETWEEN with other bounds
SELECT count(*) AS value FROM flights WHERE dep_delay BETWEEN 0 AND 15
--->
SELECT count(*) AS value FROM flights WHERE dep_delay BETWEEN 0 AND 16

### BETWEEN turned round
SELECT count(*) AS value FROM flights WHERE dep_delay BETWEEN 0 AND 15
--->
SELECT count(*) AS value FROM flights WHERE dep_delay BETWEEN 15 AND 0

### BETWEEN is closed
SELECT count(*) AS value FROM flights WHERE dep_delay BETWEEN 0 AND 15
--->
SELECT count(*) AS value FROM flights WHERE dep_delay >= 0 AND dep_delay < 15

### LIKE with another pattern
SELECT count(*) AS value FROM flights WHERE origin LIKE 'J%'
--->
SELECT count(*) AS value FROM flights WHERE origin LIKE '%J'

### ILIKE for LIKE
SELECT count(*) AS value FROM orders WHERE channel LIKE 'w%'
--->
SELECT count(*) AS value FROM orders WHERE channel ILIKE 'w%'

### LIKE with an escape
SELECT count(*) AS value FROM events WHERE kind LIKE 'pre_%'
--->
SELECT count(*) AS value FROM events WHERE kind LIKE 'pre$_%' ESCAPE '$'

### NOT before a pattern lost
SELECT count(*) AS value FROM flights WHERE origin NOT SIMILAR TO 'J.*'
--->
SELECT count(*) AS value FROM flights WHERE origin SIMILAR TO 'J.*'

### another function of patterns
SELECT count(*) AS value FROM events WHERE regexp_full_match(kind, 'view')
--->
SELECT count(*) AS value FROM events WHERE regexp_matches(kind, 'view')

### the operator ~ and regexp_matches
SELECT count(*) AS value FROM events WHERE kind ~ 'view'
--->
SELECT count(*) AS value FROM events WHERE regexp_matches(kind, 'view')

### the operator ~ and regexp_full_match
SELECT count(*) AS value FROM events WHERE kind ~ 'view'
--->
SELECT count(*) AS value FROM events WHERE regexp_full_match(kind, 'view')

### coalesce in a filter
SELECT count(*) AS value FROM flights WHERE dep_delay < 5
--->
SELECT count(*) AS value FROM flights WHERE coalesce(dep_delay, 0) < 5

### a longer interval
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-20' - INTERVAL '7 days'
--->
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-20' - INTERVAL '28 days'

### an interval of another unit
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-20' - INTERVAL 7 DAY
--->
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-20' - INTERVAL 7 WEEK

### a month is not thirty days
SELECT count(*) AS value FROM orders WHERE ordered_at + INTERVAL 1 MONTH > TIMESTAMP '2013-11-20'
--->
SELECT count(*) AS value FROM orders WHERE ordered_at + INTERVAL 30 DAY > TIMESTAMP '2013-11-20'

### a day later
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-01'
--->
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-02'

### a day of a time
SELECT count(*) AS value FROM orders WHERE ordered_at <= TIMESTAMP '2013-10-10'
--->
SELECT count(*) AS value FROM orders WHERE ordered_at::DATE <= DATE '2013-10-10'

### a time of day left out
SELECT count(*) AS value FROM orders WHERE ordered_at <= TIMESTAMP '2013-10-10 09:00:00'
--->
SELECT count(*) AS value FROM orders WHERE ordered_at <= DATE '2013-10-10'

### another column in the filter
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
--->
SELECT count(*) AS value FROM flights WHERE arr_delay > 15

### NOT EXISTS
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT 1 FROM carriers c WHERE c.code = f.carrier)
--->
SELECT count(*) AS value FROM flights f WHERE NOT EXISTS (SELECT 1 FROM carriers c WHERE c.code = f.carrier)

### NOT IN is not NOT EXISTS
SELECT count(*) AS value FROM flights f WHERE carrier NOT IN (SELECT code FROM carriers WHERE country = 'US')
--->
SELECT count(*) AS value FROM flights f WHERE NOT EXISTS (SELECT 1 FROM carriers c WHERE c.country = 'US' AND c.code = f.carrier)

### a correlation lost
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT 1 FROM carriers c WHERE c.code = f.carrier)
--->
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT 1 FROM carriers c WHERE c.code = c.code)

### ANY and ALL
SELECT count(*) AS value FROM flights WHERE distance > ANY (SELECT value FROM events WHERE user_id = 3)
--->
SELECT count(*) AS value FROM flights WHERE distance > ALL (SELECT value FROM events WHERE user_id = 3)

### NOT = ANY is not <> ANY
SELECT count(*) AS value FROM flights WHERE NOT distance = ANY (SELECT value FROM events WHERE value < 5)
--->
SELECT count(*) AS value FROM flights WHERE distance <> ANY (SELECT value FROM events WHERE value < 5)

## expressions

### another operator
SELECT dep_delay + arr_delay AS d FROM flights
--->
SELECT dep_delay - arr_delay AS d FROM flights

### a difference turned round
SELECT dep_delay - arr_delay AS d FROM flights
--->
SELECT arr_delay - dep_delay AS d FROM flights

### a quotient turned round
SELECT sum(dep_delay) / sum(distance) AS value FROM flights
--->
SELECT sum(distance) / sum(dep_delay) AS value FROM flights

### integer division
SELECT distance / 2 AS d FROM flights
--->
SELECT distance // 2 AS d FROM flights

### sums regrouped
SELECT distance - (2 - 1) AS d FROM flights
--->
SELECT (distance - 2) - 1 AS d FROM flights

### an average of quotients
SELECT avg(dep_delay / distance) AS value FROM flights
--->
SELECT avg(dep_delay) / avg(distance) AS value FROM flights

### a factor
SELECT sum(distance) AS value FROM flights
--->
SELECT sum(distance) * 1.1 AS value FROM flights

### a minus
SELECT sum(distance) AS value FROM flights
--->
SELECT -sum(distance) AS value FROM flights

### round to other digits
SELECT round(avg(dep_delay), 1) AS value FROM flights
--->
SELECT round(avg(dep_delay), 2) AS value FROM flights

### floor for round
SELECT round(avg(dep_delay)) AS value FROM flights
--->
SELECT floor(avg(dep_delay)) AS value FROM flights

### another default
SELECT coalesce(dep_delay, 0) AS d FROM flights
--->
SELECT coalesce(dep_delay, 1) AS d FROM flights

### coalesce in another order
SELECT coalesce(dep_delay, arr_delay) AS d FROM flights
--->
SELECT coalesce(arr_delay, dep_delay) AS d FROM flights

### || is not concat
SELECT origin || '-' || dest AS r FROM flights
--->
SELECT concat(origin, '-', dest) AS r FROM flights

### branches of a CASE turned round
SELECT CASE WHEN dep_delay > 5 THEN 1 WHEN distance > 5 THEN 2 END AS c FROM flights
--->
SELECT CASE WHEN distance > 5 THEN 2 WHEN dep_delay > 5 THEN 1 END AS c FROM flights

### ELSE 0
SELECT CASE WHEN dep_delay > 5 THEN 1 END AS c FROM flights
--->
SELECT CASE WHEN dep_delay > 5 THEN 1 ELSE 0 END AS c FROM flights

### CASE on NULL
SELECT CASE origin WHEN NULL THEN 1 ELSE 0 END AS c FROM flights
--->
SELECT CASE WHEN origin IS NULL THEN 1 ELSE 0 END AS c FROM flights

### another type
SELECT avg(dep_delay::INTEGER) AS value FROM flights
--->
SELECT avg(dep_delay::DOUBLE) AS value FROM flights

### digits of a number shown as text
SELECT CAST(1.50 AS VARCHAR) AS t FROM flights
--->
SELECT CAST(1.5 AS VARCHAR) AS t FROM flights

### case of a text shown
SELECT upper(channel) AS c FROM orders
--->
SELECT lower(channel) AS c FROM orders

### another part of a day
SELECT date_part('month', flight_date) AS m FROM flights
--->
SELECT date_part('day', flight_date) AS m FROM flights

### dayofweek and isodow
SELECT dayofweek(flight_date) AS d FROM flights
--->
SELECT isodow(flight_date) AS d FROM flights

### another key of JSON
SELECT '{"a": 1, "b": 2}'::JSON -> 'a' AS v FROM flights
--->
SELECT '{"a": 1, "b": 2}'::JSON -> 'b' AS v FROM flights

### a key with a dot is no path
SELECT ('{"a": {"b": 1}, "a.b": 2}'::JSON ->> 'a.b') AS v FROM flights
--->
SELECT ('{"a": {"b": 1}, "a.b": 2}'::JSON ->> '$.a.b') AS v FROM flights

### a struct's keys
SELECT {'A': origin}::VARCHAR AS v FROM flights
--->
SELECT {'a': origin}::VARCHAR AS v FROM flights

## aggregates

### count(x) is not count(*)
SELECT count(*) AS value FROM flights
--->
SELECT count(dep_delay) AS value FROM flights

### count(DISTINCT x)
SELECT count(carrier) AS value FROM flights
--->
SELECT count(DISTINCT carrier) AS value FROM flights

### distinct rows and count(DISTINCT x)
SELECT count(*) AS value FROM (SELECT DISTINCT carrier FROM flights) s
--->
SELECT count(DISTINCT carrier) AS value FROM flights

### another column counted
SELECT count(DISTINCT delivery_address_id) AS value FROM orders WHERE status = 'open'
--->
SELECT count(DISTINCT office_id) AS value FROM orders WHERE status = 'open'

### count(DISTINCT a, b) and of a pair
SELECT count(DISTINCT (carrier, origin)) AS value FROM flights
--->
SELECT count(DISTINCT carrier || origin) AS value FROM flights

### avg for sum
SELECT sum(dep_delay) AS value FROM flights
--->
SELECT avg(dep_delay) AS value FROM flights

### median for avg
SELECT avg(dep_delay) AS value FROM flights
--->
SELECT median(dep_delay) AS value FROM flights

### max for min
SELECT min(dep_delay) AS value FROM flights
--->
SELECT max(dep_delay) AS value FROM flights

### stddev of the sample and of all
SELECT stddev_samp(dep_delay) AS value FROM flights
--->
SELECT stddev_pop(dep_delay) AS value FROM flights

### another quantile
SELECT quantile_cont(dep_delay, 0.9) AS value FROM flights
--->
SELECT quantile_cont(dep_delay, 0.5) AS value FROM flights

### a quantile of another kind
SELECT quantile_cont(dep_delay + distance / 7, 0.9) AS value FROM flights
--->
SELECT quantile_disc(dep_delay + distance / 7, 0.9) AS value FROM flights

### any_value is not first
SELECT first(dep_delay ORDER BY dep_delay NULLS FIRST) AS value FROM flights
--->
SELECT any_value(dep_delay ORDER BY dep_delay NULLS FIRST) AS value FROM flights

### a FILTER clause added
SELECT count(*) AS value FROM flights
--->
SELECT count(*) FILTER (WHERE dep_delay > 5) AS value FROM flights

### a FILTER clause with another literal
SELECT count(*) FILTER (WHERE dep_delay <= 15) / count(*) AS value FROM flights
--->
SELECT count(*) FILTER (WHERE dep_delay <= 1) / count(*) AS value FROM flights

### FILTER on one count only
SELECT count(*) FILTER (WHERE origin = 'JFK') AS a, count(*) AS b FROM flights
--->
SELECT count(*) AS a, count(*) FILTER (WHERE origin = 'JFK') AS b FROM flights

### FILTER is not WHERE
SELECT origin, count(*) FILTER (WHERE distance = 9) AS n FROM flights GROUP BY origin, dest
--->
SELECT origin, count(*) AS n FROM flights WHERE distance = 9 GROUP BY origin, dest

### a sum with ELSE 0 over nothing
SELECT sum(CASE WHEN origin = 'XXX' THEN distance ELSE 0 END) AS value FROM flights
--->
SELECT sum(distance) FILTER (WHERE origin = 'XXX') AS value FROM flights

### list in another order
SELECT string_agg(origin, ',' ORDER BY origin) AS v FROM flights
--->
SELECT string_agg(origin, ',' ORDER BY origin DESC) AS v FROM flights

### another separator
SELECT string_agg(origin, ',' ORDER BY origin) AS v FROM flights
--->
SELECT string_agg(origin, ';' ORDER BY origin) AS v FROM flights

### arg_max of another
SELECT arg_max(distance, flight_date) AS v FROM flights
--->
SELECT arg_min(distance, flight_date) AS v FROM flights

## groups and windows

### another grain
SELECT date_trunc('week', flight_date) AS t, count(*) AS n FROM flights GROUP BY 1
--->
SELECT date_trunc('month', flight_date) AS t, count(*) AS n FROM flights GROUP BY 1

### a key more
SELECT count(*) AS n FROM flights GROUP BY origin
--->
SELECT count(*) AS n FROM flights GROUP BY origin, carrier

### another key
SELECT count(*) AS n FROM flights GROUP BY origin
--->
SELECT count(*) AS n FROM flights GROUP BY dest

### ROLLUP
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY origin, carrier
--->
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY ROLLUP (origin, carrier)

### ROLLUP in another order
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY ROLLUP (origin, carrier)
--->
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY ROLLUP (carrier, origin)

### a grouping set less
SELECT origin, count(*) AS n FROM flights GROUP BY GROUPING SETS ((origin), ())
--->
SELECT origin, count(*) AS n FROM flights GROUP BY GROUPING SETS ((origin))

### HAVING with another bound
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING count(*) > 15
--->
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING count(*) > 16

### HAVING for WHERE
SELECT origin, sum(distance) AS n FROM flights WHERE distance > 5 GROUP BY origin
--->
SELECT origin, sum(distance) AS n FROM flights GROUP BY origin HAVING sum(distance) > 5

### a key that hides a column
SELECT upper(origin) AS carrier, count(*) AS n FROM flights GROUP BY origin
--->
SELECT upper(origin) AS carrier, count(*) AS n FROM flights GROUP BY origin, carrier

### DISTINCT
SELECT origin FROM flights
--->
SELECT DISTINCT origin FROM flights

### DISTINCT over more
SELECT DISTINCT origin FROM flights
--->
SELECT DISTINCT origin, dest FROM flights

### DISTINCT ON with another order
SELECT DISTINCT ON (origin) origin, distance FROM flights ORDER BY origin, distance
--->
SELECT DISTINCT ON (origin) origin, distance FROM flights ORDER BY origin, distance DESC

### DISTINCT ON another key
SELECT DISTINCT ON (origin) origin, distance FROM flights ORDER BY origin, distance
--->
SELECT DISTINCT ON (origin, distance) origin, distance FROM flights ORDER BY origin, distance

### a window's frame
SELECT avg(distance) OVER (ORDER BY flight_date, distance, dep_delay ROWS 2 PRECEDING) AS a FROM flights
--->
SELECT avg(distance) OVER (ORDER BY flight_date, distance, dep_delay ROWS 3 PRECEDING) AS a FROM flights

### ROWS and RANGE
SELECT sum(distance) OVER (ORDER BY flight_date ROWS UNBOUNDED PRECEDING) AS a FROM flights
--->
SELECT sum(distance) OVER (ORDER BY flight_date RANGE UNBOUNDED PRECEDING) AS a FROM flights

### a window's partition
SELECT sum(distance) OVER (PARTITION BY origin) AS a FROM flights
--->
SELECT sum(distance) OVER (PARTITION BY dest) AS a FROM flights

### a window's order
SELECT rank() OVER (PARTITION BY origin ORDER BY distance) AS a FROM flights
--->
SELECT rank() OVER (PARTITION BY origin ORDER BY distance DESC) AS a FROM flights

### rank and dense_rank
SELECT rank() OVER (ORDER BY distance) AS a FROM flights
--->
SELECT dense_rank() OVER (ORDER BY distance) AS a FROM flights

### another offset of lag
SELECT lag(distance, 1) OVER (ORDER BY flight_date, distance, dep_delay, arr_delay) AS a FROM flights
--->
SELECT lag(distance, 2) OVER (ORDER BY flight_date, distance, dep_delay, arr_delay) AS a FROM flights

### IGNORE NULLS
SELECT last_value(dep_delay) OVER (ORDER BY flight_date, distance, arr_delay, dep_delay) AS a FROM flights
--->
SELECT last_value(dep_delay IGNORE NULLS) OVER (ORDER BY flight_date, distance, arr_delay, dep_delay) AS a FROM flights

### EXCLUDE in a frame
SELECT sum(distance) OVER (ORDER BY flight_date, distance, dep_delay ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING) AS a FROM flights
--->
SELECT sum(distance) OVER (ORDER BY flight_date, distance, dep_delay ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS a FROM flights

### a filter after a window is not one before
SELECT origin, r FROM (SELECT origin, distance, rank() OVER (PARTITION BY origin ORDER BY distance) AS r FROM flights) s WHERE distance > 3
--->
SELECT origin, rank() OVER (PARTITION BY origin ORDER BY distance) AS r FROM flights WHERE distance > 3

### QUALIFY with another rank
SELECT origin, distance FROM flights QUALIFY rank() OVER (PARTITION BY origin ORDER BY distance) = 1
--->
SELECT origin, distance FROM flights QUALIFY rank() OVER (PARTITION BY origin ORDER BY distance) = 2

## joins

### LEFT for INNER
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code

### sides of a LEFT JOIN
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM carriers c LEFT JOIN flights f ON f.carrier = c.code

### FULL for LEFT
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM flights f FULL JOIN carriers c ON f.carrier = c.code

### ON and WHERE of a LEFT JOIN
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code AND c.country = 'US'
--->
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code WHERE c.country = 'US'

### a computed column behind a LEFT JOIN
SELECT f.origin, c.n FROM flights f LEFT JOIN (SELECT code, coalesce(name, '?') AS n FROM carriers) c ON f.carrier = c.code
--->
SELECT f.origin, coalesce(c.name, '?') AS n FROM flights f LEFT JOIN carriers c ON f.carrier = c.code

### another join key
SELECT count(*) AS value FROM orders o JOIN offices f ON o.office_id = f.office_id
--->
SELECT count(*) AS value FROM orders o JOIN offices f ON o.delivery_address_id = f.office_id

### a join key less
SELECT count(*) AS value FROM events a JOIN events_v2 b ON a.user_id = b.user_id AND a.kind = b.kind
--->
SELECT count(*) AS value FROM events a JOIN events_v2 b ON a.user_id = b.user_id

### a join that multiplies
SELECT count(*) AS value FROM orders o
--->
SELECT count(*) AS value FROM orders o JOIN offices f ON o.office_id = f.office_id

### a LEFT JOIN that multiplies
SELECT count(*) AS value FROM orders o
--->
SELECT count(*) AS value FROM orders o LEFT JOIN offices f ON o.office_id = f.office_id

### a SEMI JOIN is no join
SELECT o.order_id FROM orders o JOIN offices f ON o.office_id = f.office_id
--->
SELECT o.order_id FROM orders o SEMI JOIN offices f ON o.office_id = f.office_id

### an ANTI JOIN is no SEMI JOIN
SELECT o.order_id FROM orders o SEMI JOIN offices f ON o.office_id = f.office_id
--->
SELECT o.order_id FROM orders o ANTI JOIN offices f ON o.office_id = f.office_id

### CROSS for a key
SELECT count(*) AS value FROM offices a JOIN offices b ON a.region = b.region
--->
SELECT count(*) AS value FROM offices a CROSS JOIN offices b

### USING of another column
SELECT count(*) AS value FROM events a JOIN events_v2 b USING (user_id)
--->
SELECT count(*) AS value FROM events a JOIN events_v2 b USING (kind)

### USING after a FULL JOIN
SELECT count(c.order_id) AS value FROM (SELECT order_id FROM orders WHERE order_id < 3) a FULL JOIN refunds b USING (order_id) LEFT JOIN (SELECT order_id FROM refunds) c USING (order_id)
--->
SELECT count(c.order_id) AS value FROM (SELECT order_id FROM orders WHERE order_id < 3) a FULL JOIN refunds b USING (order_id) LEFT JOIN (SELECT order_id FROM refunds) c ON a.order_id = c.order_id

### the column of the other side
SELECT count(f.office_id) AS value FROM orders o LEFT JOIN offices f USING (office_id)
--->
SELECT count(o.office_id) AS value FROM orders o LEFT JOIN offices f USING (office_id)

### a self-join's sides
SELECT a.user_id, b.value FROM events a LEFT JOIN events b ON a.value = b.user_id
--->
SELECT b.user_id, a.value FROM events a LEFT JOIN events b ON a.value = b.user_id

### POSITIONAL JOIN's sides
SELECT a.value - b.value AS d FROM events a POSITIONAL JOIN events_v2 b
--->
SELECT a.value - b.value AS d FROM events_v2 a POSITIONAL JOIN events b

### NATURAL JOIN
SELECT count(*) AS value FROM orders NATURAL JOIN refunds
--->
SELECT count(*) AS value FROM orders JOIN refunds USING (order_id)

### ASOF JOIN
SELECT count(r.amount) AS value FROM orders o ASOF LEFT JOIN refunds r ON o.order_id = r.order_id AND o.ordered_at >= r.refunded_at
--->
SELECT count(r.amount) AS value FROM orders o LEFT JOIN refunds r ON o.order_id = r.order_id AND o.ordered_at >= r.refunded_at

## sources and steps

### another table
SELECT count(*) AS value FROM events WHERE value > 5
--->
SELECT count(*) AS value FROM events_v2 WHERE value > 5

### another table behind a CTE
WITH e AS (SELECT * FROM events) SELECT sum(value) AS value FROM e
--->
WITH e AS (SELECT * FROM events_v2) SELECT sum(value) AS value FROM e

### a CTE that shadows a table
SELECT count(*) AS value FROM events
--->
WITH events AS (SELECT * FROM events_v2 WHERE value > 3) SELECT count(*) AS value FROM events

### the table behind the shadow
WITH events AS (SELECT * FROM events_v2) SELECT sum(value) AS value FROM events
--->
WITH events AS (SELECT * FROM events_v2) SELECT sum(value) AS value FROM main.events

### a filter in a CTE
WITH e AS (SELECT user_id, value FROM events WHERE value > 3) SELECT sum(value) AS value FROM e
--->
WITH e AS (SELECT user_id, value FROM events WHERE value > 4) SELECT sum(value) AS value FROM e

### the other CTE
WITH a AS (SELECT value FROM events WHERE kind = 'buy'), b AS (SELECT value FROM events WHERE kind = 'view') SELECT sum(value) AS value FROM a
--->
WITH a AS (SELECT value FROM events WHERE kind = 'buy'), b AS (SELECT value FROM events WHERE kind = 'view') SELECT sum(value) AS value FROM b

### columns of a CTE turned round
WITH s(a, b) AS (SELECT user_id, value FROM events) SELECT sum(a) AS value FROM s
--->
WITH s(b, a) AS (SELECT user_id, value FROM events) SELECT sum(a) AS value FROM s

### columns called _c0 and _c1
SELECT sum(_c0) AS value FROM (SELECT user_id AS _c0, value AS _c1 FROM events) s
--->
SELECT sum(_c1) AS value FROM (SELECT user_id AS _c0, value AS _c1 FROM events) s

### a source called _t0_0
SELECT sum(_t0_1.value) AS value FROM events _t0_0 JOIN events_v2 _t0_1 ON _t0_0.user_id = _t0_1.user_id
--->
SELECT sum(_t0_0.value) AS value FROM events _t0_0 JOIN events_v2 _t0_1 ON _t0_0.user_id = _t0_1.user_id

### UNION for UNION ALL
SELECT origin FROM flights UNION ALL SELECT code FROM carriers
--->
SELECT origin FROM flights UNION SELECT code FROM carriers

### EXCEPT's sides
SELECT origin FROM flights EXCEPT SELECT dest FROM flights
--->
SELECT dest FROM flights EXCEPT SELECT origin FROM flights

### EXCEPT ALL
SELECT origin FROM flights EXCEPT SELECT dest FROM flights
--->
SELECT origin FROM flights EXCEPT ALL SELECT dest FROM flights

### INTERSECT for EXCEPT
SELECT origin FROM flights EXCEPT SELECT dest FROM flights
--->
SELECT origin FROM flights INTERSECT SELECT dest FROM flights

### a branch less
SELECT value FROM events UNION ALL SELECT value FROM events_v2
--->
SELECT value FROM events

### set operations regrouped
SELECT origin FROM flights EXCEPT (SELECT dest FROM flights UNION ALL SELECT code FROM carriers)
--->
(SELECT origin FROM flights EXCEPT SELECT dest FROM flights) UNION ALL SELECT code FROM carriers

### UNION BY NAME
SELECT user_id AS a, value AS b FROM events UNION ALL BY NAME SELECT value AS b, user_id AS a FROM events_v2
--->
SELECT user_id AS a, value AS b FROM events UNION ALL SELECT value AS b, user_id AS a FROM events_v2

### names inside UNION BY NAME
SELECT sum(a) AS value FROM (SELECT user_id AS a, value AS b FROM events UNION ALL BY NAME SELECT value AS a FROM events_v2) s
--->
SELECT sum(a) AS value FROM (SELECT user_id AS a, value AS b FROM events UNION ALL BY NAME SELECT value AS b FROM events_v2) s

### LIMIT
SELECT origin FROM flights ORDER BY origin LIMIT 10
--->
SELECT origin FROM flights ORDER BY origin LIMIT 11

### LIMIT in percent
SELECT origin FROM flights ORDER BY origin LIMIT 10
--->
SELECT origin FROM flights ORDER BY origin LIMIT 10%

### OFFSET
SELECT origin, distance FROM flights ORDER BY distance, origin LIMIT 10
--->
SELECT origin, distance FROM flights ORDER BY distance, origin LIMIT 10 OFFSET 5

### ORDER BY before a LIMIT
SELECT origin, distance FROM flights ORDER BY distance LIMIT 10
--->
SELECT origin, distance FROM flights ORDER BY distance DESC LIMIT 10

### NULLS FIRST before a LIMIT
SELECT dep_delay FROM flights ORDER BY dep_delay LIMIT 5
--->
SELECT dep_delay FROM flights ORDER BY dep_delay NULLS FIRST LIMIT 5

### a LIMIT inside
SELECT sum(distance) AS value FROM (SELECT distance FROM flights ORDER BY distance LIMIT 10) s
--->
SELECT sum(distance) AS value FROM (SELECT distance FROM flights) s

### a filter before and after a LIMIT
SELECT distance FROM (SELECT distance FROM flights ORDER BY distance LIMIT 10) s WHERE distance > 1
--->
SELECT distance FROM flights WHERE distance > 1 ORDER BY distance LIMIT 10

### a row of an aggregate over nothing
SELECT count(*) AS value FROM (SELECT count(*) AS n FROM flights WHERE origin = 'XXX') s
--->
SELECT count(*) AS value FROM flights WHERE origin = 'XXX'

### a constant from an aggregate
SELECT 1 AS value FROM (SELECT count(*) AS n FROM flights) s
--->
SELECT 1 AS value FROM flights

### EXISTS of an aggregate
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT count(*) FROM carriers c WHERE c.code = f.carrier)
--->
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT 1 FROM carriers c WHERE c.code = f.carrier)

### a scalar subquery's filter
SELECT (SELECT max(value) FROM events WHERE kind = 'buy') AS value FROM carriers
--->
SELECT (SELECT max(value) FROM events WHERE kind = 'view') AS value FROM carriers

### WITH RECURSIVE to another depth
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 5) SELECT sum(n) AS value FROM r
--->
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 6) SELECT sum(n) AS value FROM r

### range of another length
SELECT count(*) AS value FROM range(5)
--->
SELECT count(*) AS value FROM range(6)

### generate_series includes its end
SELECT count(*) AS value FROM range(1, 5)
--->
SELECT count(*) AS value FROM generate_series(1, 5)

### VALUES
SELECT sum(a) AS value FROM (VALUES (1), (2)) v(a)
--->
SELECT sum(a) AS value FROM (VALUES (1), (3)) v(a)

## names that reach the result

### an output column renamed
SELECT count(*) AS value FROM flights
--->
SELECT count(*) AS total FROM flights

### output columns turned round
SELECT origin, dest FROM flights
--->
SELECT dest, origin FROM flights

### names exchanged
SELECT origin AS a, dest AS b FROM flights
--->
SELECT origin AS b, dest AS a FROM flights

### a name inside that a star shows
SELECT * FROM (SELECT origin AS a FROM flights) s
--->
SELECT * FROM (SELECT origin AS b FROM flights) s

### a name inside that COLUMNS reads
SELECT sum(COLUMNS('a.*')) FROM (SELECT user_id AS a1, value AS b1 FROM events) s
--->
SELECT sum(COLUMNS('a.*')) FROM (SELECT user_id AS b1, value AS a1 FROM events) s

### a name inside that to_json shows
SELECT to_json(s)::VARCHAR AS v FROM (SELECT user_id AS a FROM events) s
--->
SELECT to_json(s)::VARCHAR AS v FROM (SELECT user_id AS b FROM events) s

### a name inside that a row shows
SELECT s::VARCHAR AS v FROM (SELECT user_id AS a FROM events) s
--->
SELECT s::VARCHAR AS v FROM (SELECT user_id AS b FROM events) s

### a name inside that PIVOT shows
SELECT * FROM (SELECT kind, value AS a FROM events) PIVOT (sum(a) FOR kind IN ('buy', 'view'))
--->
SELECT * FROM (SELECT kind, value AS a FROM events) PIVOT (sum(a) FOR kind IN ('buy', 'click'))

### a name inside that NATURAL JOIN reads
SELECT count(*) AS value FROM (SELECT user_id AS a, value AS b FROM events) x NATURAL JOIN (SELECT user_id AS a, value AS c FROM events_v2) y
--->
SELECT count(*) AS value FROM (SELECT user_id AS a, value AS b FROM events) x NATURAL JOIN (SELECT user_id AS c, value AS a FROM events_v2) y

### a column's alias that hides another
SELECT dep_delay AS arr_delay, distance FROM flights WHERE arr_delay > 5
--->
SELECT dep_delay AS arr_delay, distance FROM flights WHERE dep_delay > 5

### an alias that hides a column in SELECT
SELECT distance + 1 AS dep_delay, dep_delay * 2 AS d FROM flights
--->
SELECT distance + 1 AS dep_delay, (distance + 1) * 2 AS d FROM flights

### an alias in ORDER BY hides a column
SELECT -distance AS dep_delay FROM flights ORDER BY dep_delay LIMIT 5
--->
SELECT -distance AS dep_delay FROM flights ORDER BY flights.dep_delay LIMIT 5

### an alias in HAVING hides a column
SELECT origin, max(distance) AS dep_delay FROM flights GROUP BY origin, flights.dep_delay HAVING dep_delay > 5
--->
SELECT origin, max(distance) AS dep_delay FROM flights GROUP BY origin, flights.dep_delay HAVING max(distance) > 5

## found by reading the rules against the engine

### ORDER BY a name of the second branch
SELECT user_id AS a, value AS b FROM events UNION ALL SELECT user_id AS y, value AS z FROM events_v2 ORDER BY y LIMIT 5
--->
SELECT user_id AS a, value AS b FROM events UNION ALL SELECT user_id AS z, value AS y FROM events_v2 ORDER BY y LIMIT 5

### USING after a comma
SELECT count(*) AS value FROM orders a, (SELECT order_id FROM orders WHERE order_id < 4) b JOIN refunds c USING (order_id) WHERE a.order_id > 2
--->
SELECT count(*) AS value FROM orders a, (SELECT order_id FROM orders WHERE order_id < 4) b JOIN refunds c ON a.order_id = c.order_id WHERE a.order_id > 2

### lists put together the other way round
SELECT ([value] + [user_id])::VARCHAR AS v FROM events
--->
SELECT ([user_id] + [value])::VARCHAR AS v FROM events

### UNION and INTERSECT regrouped
SELECT origin FROM flights UNION ALL SELECT dest FROM flights INTERSECT SELECT code FROM carriers
--->
(SELECT origin FROM flights UNION ALL SELECT dest FROM flights) INTERSECT SELECT code FROM carriers

### ON under a star shows the column twice
SELECT * FROM orders JOIN refunds USING (order_id)
--->
SELECT * FROM orders JOIN refunds ON orders.order_id = refunds.order_id

## found by trying the engine's own tests, and by looking for what sqlglot reads otherwise

### the last of two columns of one name
SELECT user_id AS x, value AS x, x + 1 AS y FROM events
--->
SELECT user_id AS x, value AS x, user_id + 1 AS y FROM events

### a chance drawn once
WITH r AS MATERIALIZED (SELECT random() AS x) SELECT a.x = b.x AS v FROM r a, r b
--->
WITH r AS NOT MATERIALIZED (SELECT random() AS x) SELECT a.x = b.x AS v FROM r a, r b

### an interval ago
SELECT ordered_at + INTERVAL '1 month' AS v FROM orders
--->
SELECT ordered_at + INTERVAL '1 month ago' AS v FROM orders

### an interval with a time of day
SELECT ordered_at + INTERVAL '1 day' AS v FROM orders
--->
SELECT ordered_at + INTERVAL '1 day 12:00:00' AS v FROM orders

### a day as text is not text as a day
SELECT DATE '2013-10-01'::VARCHAR AS v
--->
SELECT CAST('2013-10-01'::VARCHAR AS DATE) AS v

### COLUMNS as a list of arguments
SELECT coalesce(*COLUMNS(['value', 'user_id'])) AS v FROM events
--->
SELECT coalesce(COLUMNS(['value', 'user_id'])) AS v FROM events

### columns of one name behind a star
SELECT * FROM (SELECT 42 AS a, 44 AS a) t
--->
SELECT * FROM (SELECT 42 AS a, 43 AS a) t

### the position in a list
SELECT [i + 5 for x, i in [value]]::VARCHAR AS v FROM (SELECT 7 AS i, value FROM events) m
--->
SELECT [m.i + 5 for x, i in [value]]::VARCHAR AS v FROM (SELECT 7 AS i, value FROM events) m

### a function after a dot
SELECT t.kind.upper() AS x FROM events t, events_v2 s WHERE s.value = 3
--->
SELECT t.kind.upper() AS x FROM events s, events_v2 t WHERE s.value = 3

### NOT = ALL of a list
SELECT NOT value = ALL([1, 2]) AS v FROM events
--->
SELECT value <> ALL([1, 2]) AS v FROM events

### JSON inside a call
SELECT json_array_length(j -> 'x') AS n, c FROM (SELECT '{"x": [1]}'::JSON AS j, value AS c FROM events) s
--->
SELECT json_array_length(j -> 'x') AS n, c FROM (SELECT '{"x": [1, 2]}'::JSON AS j, value AS c FROM events) s

### names in a type
SELECT (row(origin)::STRUCT(A VARCHAR))::VARCHAR AS v FROM flights
--->
SELECT (row(origin)::STRUCT(a VARCHAR))::VARCHAR AS v FROM flights

### a step that only PIVOT reads
WITH c AS (SELECT kind, value FROM events WHERE value > 3) SELECT * FROM (PIVOT c ON kind USING sum(value))
--->
WITH c AS (SELECT kind, value FROM events WHERE value > 6) SELECT * FROM (PIVOT c ON kind USING sum(value))

### a step that only a function reads
WITH c AS (SELECT kind, value FROM events WHERE value > 3) SELECT * FROM query_table('c')
--->
WITH c AS (SELECT kind, value FROM events WHERE value > 6) SELECT * FROM query_table('c')

### columns of PIVOT in another order
SELECT * FROM (SELECT kind, value FROM events) p PIVOT (sum(value) FOR kind IN ('buy', 'view'))
--->
SELECT * FROM (SELECT kind, value FROM events) p PIVOT (sum(value) FOR kind IN ('view', 'buy'))

### COLUMNS under USING
SELECT COLUMNS(*) FROM orders JOIN refunds USING (order_id)
--->
SELECT COLUMNS(*) FROM orders JOIN refunds ON orders.order_id = refunds.order_id

### a list of rows in another order
SELECT ARRAY(SELECT user_id FROM events UNION ALL SELECT value FROM events_v2)::VARCHAR AS v
--->
SELECT ARRAY(SELECT value AS user_id FROM events_v2 UNION ALL SELECT user_id FROM events)::VARCHAR AS v

### BETWEEN compares all three alike
SELECT count(*) AS v FROM orders WHERE 'WEB' BETWEEN (channel COLLATE NOCASE) AND status
--->
SELECT count(*) AS v FROM orders WHERE (channel COLLATE NOCASE) <= 'WEB' AND 'WEB' <= status

### a letter of a text of a step
WITH t AS (SELECT kind::VARCHAR AS k FROM events) SELECT k[1] AS c FROM t
--->
SELECT (kind::VARCHAR)[0] AS c FROM events

### USING KEY keeps the last row of a key
WITH RECURSIVE t(k, v) USING KEY (k) AS (SELECT user_id, 1 FROM events UNION SELECT user_id, 2 FROM events) SELECT count(*) AS n FROM t
--->
WITH t(k, v) AS (SELECT user_id, 1 FROM events UNION SELECT user_id, 2 FROM events) SELECT count(*) AS n FROM t

### count_if of no row is not 0
SELECT count(*) FILTER (WHERE dep_delay > 15) AS value FROM flights WHERE origin = 'XXX'
--->
SELECT count_if(dep_delay > 15) AS value FROM flights WHERE origin = 'XXX'

### a filter of an aggregate in HAVING means the column
SELECT cancelled::INT AS distance FROM flights GROUP BY cancelled HAVING count(*) FILTER (WHERE distance > 3) > 10
--->
SELECT cancelled::INT AS distance FROM flights GROUP BY cancelled HAVING count(*) FILTER (WHERE cancelled::INT > 3) > 10

### ORDER BY one of two columns of one name
SELECT abs(distance) AS dep_delay, -distance AS dep_delay FROM flights ORDER BY dep_delay LIMIT 5
--->
SELECT abs(distance) AS dep_delay, -distance AS dep_delay FROM flights ORDER BY flights.dep_delay LIMIT 5

### ORDER BY a column that a star shows too
SELECT *, -distance AS distance FROM flights ORDER BY distance, dep_delay, flight_date LIMIT 5
--->
SELECT *, -distance AS distance FROM flights ORDER BY flights.distance, dep_delay, flight_date LIMIT 5

### an alias inside a key is a column
SELECT distance + 1 AS dep_delay, abs(dep_delay) AS x FROM flights GROUP BY abs(dep_delay), distance + 1
--->
SELECT distance + 1 AS dep_delay, abs(distance + 1) AS x FROM flights GROUP BY abs(distance + 1), distance + 1

### a key that is a column, as all it computes is grouped besides
SELECT dep_delay + 1 AS distance, dep_delay AS y, count(*) AS n FROM flights GROUP BY distance, y
--->
SELECT dep_delay + 1 AS distance, dep_delay AS y, count(*) AS n FROM flights GROUP BY dep_delay + 1, y

### ORDER BY a sum of numbers is no place
SELECT origin, distance FROM flights ORDER BY 1 + 1, dep_delay, flight_date LIMIT 5
--->
SELECT origin, distance FROM flights ORDER BY 2, dep_delay, flight_date LIMIT 5

### a column beside COLUMNS that has the name of one of them
WITH p AS (SELECT COLUMNS(*), value AS kind FROM events) SELECT kind FROM p
--->
WITH p AS (SELECT COLUMNS(*), value AS k FROM events) SELECT k AS kind FROM p

### a column beside the fields of a struct
SELECT s.kind AS v FROM (SELECT unnest({'kind': user_id}), value AS kind FROM events) s
--->
SELECT s.k AS v FROM (SELECT unnest({'kind': user_id}), value AS k FROM events) s

### a query in SELECT beside a count
SELECT q.a AS x, q.d AS y FROM (SELECT (SELECT max(value) FROM events_v2) AS a, count(*) AS d FROM events GROUP BY kind) q
--->
SELECT q.d AS x, q.d AS y FROM (SELECT (SELECT max(value) FROM events_v2) AS a, count(*) AS d FROM events GROUP BY kind) q
