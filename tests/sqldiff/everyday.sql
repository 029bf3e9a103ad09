Rewrites of every day, each with twins that look like it and return something else. Over the tables of tables.py.
`---> cosmetic` or `---> rewritten`: the same, by that verdict (`, types` where the types of columns must be known,
`, engine` where the engine folds constants). `-/->`: the twin, compared with the query on top. A twin with a query of
its own stands below a title of its own.

## tautologies and repeats

### WHERE 1=1 AND a truth value
SELECT count(*) AS value FROM flights WHERE 1=1 AND cancelled
---> cosmetic
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE 1=1 OR cancelled

### WHERE TRUE AND a truth value
SELECT count(*) AS value FROM flights WHERE TRUE AND cancelled AND distance > 2
---> cosmetic
SELECT count(*) AS value FROM flights WHERE distance > 2 AND cancelled
-/->
SELECT count(*) AS value FROM flights WHERE FALSE AND cancelled AND distance > 2

### FALSE OR a truth value
SELECT count(*) AS value FROM flights WHERE FALSE OR cancelled
---> cosmetic
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE TRUE OR cancelled

### a truth value twice
SELECT count(*) AS value FROM flights WHERE cancelled AND cancelled
---> cosmetic
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE cancelled AND NOT cancelled

### OR of the same
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' OR origin = 'JFK'
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' OR dest = 'JFK'

### a truth value AND TRUE as a column
SELECT cancelled AND TRUE AS value FROM flights
---> cosmetic, types
SELECT cancelled AS value FROM flights
-/->
SELECT cancelled AND NULL AS value FROM flights

### a number AND TRUE is no number
SELECT distance AND TRUE AS value FROM flights
-/->
SELECT distance AS value FROM flights

### a number OR FALSE is no number
SELECT distance OR FALSE AS value FROM flights
-/->
SELECT distance AS value FROM flights

### a number twice is no number
SELECT distance AND distance AS value FROM flights
-/->
SELECT distance AS value FROM flights

### NOT NOT of a number is no number
SELECT NOT (NOT distance) AS value FROM flights
-/->
SELECT distance AS value FROM flights

### a number as a filter is not that it is 1
SELECT count(*) AS value FROM flights WHERE distance AND TRUE
---> cosmetic
SELECT count(*) AS value FROM flights WHERE distance
-/->
SELECT count(*) AS value FROM flights WHERE distance = 1

### a tautology inside FILTER
SELECT count(*) FILTER (WHERE 1 = 1 AND cancelled) AS value FROM flights
---> cosmetic
SELECT count(*) FILTER (WHERE cancelled) AS value FROM flights
-/->
SELECT count(*) FILTER (WHERE 1 = 1 OR cancelled) AS value FROM flights

### a tautology inside CASE
SELECT sum(CASE WHEN TRUE AND cancelled THEN distance END) AS value FROM flights
---> cosmetic
SELECT sum(CASE WHEN cancelled THEN distance END) AS value FROM flights
-/->
SELECT sum(CASE WHEN TRUE OR cancelled THEN distance END) AS value FROM flights

### a tautology of texts
SELECT count(*) AS value FROM flights WHERE 'a' = 'a' AND cancelled
---> cosmetic
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE 'a' = 'A' AND cancelled

### a condition that another holds already
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND (origin = 'JFK' OR distance > 5)
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND (origin = 'LGA' OR distance > 5)

### a condition drawn out of an OR
SELECT count(*) AS value FROM flights WHERE (origin = 'JFK' AND distance > 5) OR (origin = 'JFK' AND dep_delay > 15)
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND (distance > 5 OR dep_delay > 15)
-/->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' OR (distance > 5 AND dep_delay > 15)

### x = x is not TRUE
SELECT dep_delay = dep_delay AS value FROM flights
-/->
SELECT TRUE AS value FROM flights

### x OR NOT x is not TRUE
SELECT count(*) AS value FROM flights WHERE cancelled OR NOT cancelled
-/->
SELECT count(*) AS value FROM flights

### x AND NOT x is not FALSE
SELECT cancelled AND NOT cancelled AS value FROM flights
-/->
SELECT FALSE AS value FROM flights

## truth values

### = true in a filter
SELECT count(*) AS value FROM flights WHERE cancelled = true
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE NOT cancelled

### = true as a column
SELECT cancelled = true AS value FROM flights
---> cosmetic, types
SELECT cancelled AS value FROM flights
-/->
SELECT cancelled IS TRUE AS value FROM flights

### = false
SELECT count(*) AS value FROM flights WHERE cancelled = false
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE NOT cancelled
-/->
SELECT count(*) AS value FROM flights WHERE cancelled IS NOT TRUE

### <> true
SELECT count(*) AS value FROM flights WHERE cancelled <> true
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE NOT cancelled
-/->
SELECT count(*) AS value FROM flights WHERE cancelled IS DISTINCT FROM true

### a number = true is that it is 1
SELECT count(*) AS value FROM flights WHERE distance = true
-/->
SELECT count(*) AS value FROM flights WHERE distance

### a condition = true
SELECT count(*) AS value FROM flights WHERE (dep_delay > 15) = true
---> cosmetic
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
-/->
SELECT count(*) AS value FROM flights WHERE (dep_delay > 15) = false

### IS TRUE in a filter
SELECT count(*) AS value FROM flights WHERE cancelled IS TRUE
---> cosmetic
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE cancelled IS NOT FALSE

### IS TRUE as a column
SELECT cancelled IS TRUE AS value FROM flights
-/->
SELECT cancelled AS value FROM flights

### IS FALSE in a filter
SELECT count(*) AS value FROM flights WHERE cancelled IS FALSE
---> cosmetic
SELECT count(*) AS value FROM flights WHERE NOT cancelled
-/->
SELECT count(*) AS value FROM flights WHERE cancelled IS NOT TRUE

### coalesce with false in a filter
SELECT count(*) AS value FROM flights WHERE coalesce(cancelled, false)
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE cancelled
-/->
SELECT count(*) AS value FROM flights WHERE coalesce(cancelled, true)

### coalesce with false under NOT
SELECT count(*) AS value FROM flights WHERE NOT coalesce(cancelled, false)
-/->
SELECT count(*) AS value FROM flights WHERE NOT cancelled

### CASE to true and false in a filter
SELECT count(*) AS value FROM flights WHERE CASE WHEN dep_delay > 15 THEN true ELSE false END
---> cosmetic
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
-/->
SELECT count(*) AS value FROM flights WHERE CASE WHEN dep_delay <= 15 THEN false ELSE true END

### CASE to true and false as a column
SELECT CASE WHEN dep_delay > 15 THEN true ELSE false END AS value FROM flights
-/->
SELECT dep_delay > 15 AS value FROM flights

### CASE without ELSE
SELECT sum(CASE WHEN dep_delay > 15 THEN distance ELSE 0 END) AS value FROM flights WHERE dep_delay <= 15
-/->
SELECT sum(CASE WHEN dep_delay > 15 THEN distance END) AS value FROM flights WHERE dep_delay <= 15

### IS NOT DISTINCT FROM a literal in a filter
SELECT count(*) AS value FROM flights WHERE origin IS NOT DISTINCT FROM 'JFK'
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin IS DISTINCT FROM 'LGA'

### IS NOT DISTINCT FROM a literal as a column
SELECT origin IS NOT DISTINCT FROM 'JFK' AS value FROM flights
-/->
SELECT origin = 'JFK' AS value FROM flights

### IS NOT DISTINCT FROM NULL
SELECT count(*) AS value FROM flights WHERE origin IS NOT DISTINCT FROM NULL
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin IS NULL
-/->
SELECT count(*) AS value FROM flights WHERE origin = NULL

## comparisons

### != for <>
SELECT count(*) AS value FROM flights WHERE origin != 'JFK'
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin <> 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin IS DISTINCT FROM 'JFK'

### a literal on the left
SELECT count(*) AS value FROM flights WHERE 'JFK' = origin AND 15 < dep_delay
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND dep_delay > 15
-/->
SELECT count(*) AS value FROM flights WHERE origin = 'JFK' AND dep_delay < 15

### IN of one
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK')
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin NOT IN ('LGA')

### BETWEEN written out
SELECT count(*) AS value FROM flights WHERE dep_delay BETWEEN 0 AND 15
---> cosmetic
SELECT count(*) AS value FROM flights WHERE dep_delay >= 0 AND dep_delay <= 15
-/->
SELECT count(*) AS value FROM flights WHERE dep_delay > 0 AND dep_delay <= 15

### NOT of an order
SELECT count(*) AS value FROM flights WHERE NOT dep_delay > 15
---> cosmetic
SELECT count(*) AS value FROM flights WHERE dep_delay <= 15
-/->
SELECT count(*) AS value FROM flights WHERE (dep_delay > 15) IS NOT TRUE

### NOT IN as ANDs
SELECT count(*) AS value FROM orders WHERE status NOT IN ('cancelled', 'refunded')
---> cosmetic
SELECT count(*) AS value FROM orders WHERE status <> 'cancelled' AND NOT status = 'refunded'
-/->
SELECT count(*) AS value FROM orders WHERE status <> 'cancelled' OR NOT status = 'refunded'

### a whole number below the next
SELECT count(*) AS value FROM flights WHERE distance < 5
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE distance <= 4
-/->
SELECT count(*) AS value FROM flights WHERE distance <= 5

### a fraction lies below the next
SELECT count(*) AS value FROM flights WHERE dep_delay < 2
-/->
SELECT count(*) AS value FROM flights WHERE dep_delay <= 1

### a list and one more as an OR
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK', 'LGA') OR origin = 'EWR'
---> cosmetic
SELECT count(*) AS value FROM flights WHERE origin IN ('EWR', 'JFK', 'LGA')
-/->
SELECT count(*) AS value FROM flights WHERE origin IN ('JFK', 'LGA') OR dest = 'EWR'

## days

### a quarter by its last day
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-01' AND flight_date < DATE '2013-12-01'
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE flight_date BETWEEN '2013-10-01' AND '2013-11-30'
-/->
SELECT count(*) AS value FROM flights WHERE flight_date BETWEEN '2013-10-01' AND '2013-12-01'

### the last day of a timestamp ends at its midnight
SELECT count(*) AS value FROM orders WHERE ordered_at >= DATE '2013-10-01' AND ordered_at < DATE '2013-11-28'
-/->
SELECT count(*) AS value FROM orders WHERE ordered_at BETWEEN '2013-10-01' AND '2013-11-27'

### ways to write a day
SELECT count(*) AS value FROM flights WHERE flight_date >= '2013-10-01'::DATE
---> cosmetic
SELECT count(*) AS value FROM flights WHERE flight_date >= CAST('2013-10-01' AS DATE)
-/->
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-10'

### a day as a text
SELECT count(*) AS value FROM flights WHERE flight_date >= '2013-10-01'
---> cosmetic, types
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-01'
-/->
SELECT count(*) AS value FROM flights WHERE flight_date::VARCHAR >= '2013-11-01'

### midnight written out
SELECT count(*) AS value FROM orders WHERE ordered_at >= TIMESTAMP '2013-11-10 00:00:00'
---> cosmetic, types
SELECT count(*) AS value FROM orders WHERE ordered_at >= DATE '2013-11-10'
-/->
SELECT count(*) AS value FROM orders WHERE ordered_at > DATE '2013-11-10'

### make_date
SELECT count(*) AS value FROM flights WHERE flight_date >= make_date(2013, 11, 1)
---> cosmetic, engine
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-11-01'
-/->
SELECT count(*) AS value FROM flights WHERE flight_date >= make_date(2013, 1, 11)

### extract for year()
SELECT extract(month FROM flight_date) AS m, count(*) AS value FROM flights GROUP BY 1
---> cosmetic
SELECT month(flight_date) AS m, count(*) AS value FROM flights GROUP BY month(flight_date)
-/->
SELECT extract(day FROM flight_date) AS m, count(*) AS value FROM flights GROUP BY 1

### an interval in other words
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-21' - INTERVAL '28 days'
---> cosmetic
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-21' - INTERVAL 28 DAY
-/->
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-21' - INTERVAL 1 MONTH

### weeks as days
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-21' - INTERVAL 4 WEEK
---> cosmetic, engine
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-21' - INTERVAL 28 DAY
-/->
SELECT count(*) AS value FROM orders WHERE ordered_at > TIMESTAMP '2013-11-21' - INTERVAL 27 DAY

### a day worked out
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-11-21' - INTERVAL 20 DAY
---> cosmetic, types, engine
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-11-01'
-/->
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-11-21' - INTERVAL 2 DAY

## casts

### a cast of a number to its type
SELECT sum(amount::DOUBLE) AS value FROM orders
---> cosmetic, types
SELECT sum(amount) AS value FROM orders
-/->
SELECT sum(amount::INTEGER) AS value FROM orders

### a cast of a text to its type
SELECT upper(CAST(origin AS TEXT)) AS o, count(*) AS value FROM flights GROUP BY ALL
---> cosmetic, types
SELECT upper(origin) AS o, count(*) AS value FROM flights GROUP BY 1
-/->
SELECT lower(CAST(origin AS TEXT)) AS o, count(*) AS value FROM flights GROUP BY ALL

### a cast of a day to a day
SELECT flight_date::DATE AS day, count(*) AS value FROM flights GROUP BY 1
---> cosmetic, types
SELECT flight_date AS day, count(*) AS value FROM flights GROUP BY 1
-/->
SELECT flight_date::TIMESTAMP AS day, count(*) AS value FROM flights GROUP BY 1

### a cast of a timestamp to a day is none to its type
SELECT ordered_at::DATE AS day, count(*) AS value FROM orders GROUP BY 1
-/->
SELECT ordered_at AS day, count(*) AS value FROM orders GROUP BY 1

### a cast of a count
SELECT origin, CAST(count(*) AS BIGINT) AS value FROM flights GROUP BY 1
---> cosmetic
SELECT origin, count(*) AS value FROM flights GROUP BY 1
-/->
SELECT origin, CAST(count(*) AS VARCHAR) AS value FROM flights GROUP BY 1

### a cast of a condition
SELECT count(*) AS value FROM flights WHERE (dep_delay > 15)::BOOLEAN
---> cosmetic
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
-/->
SELECT count(*) AS value FROM flights WHERE (dep_delay > 15)::BOOLEAN IS NULL

### a cast inside a step
WITH s AS (SELECT origin, amount::DOUBLE AS a FROM orders CROSS JOIN (SELECT 'x' AS origin) o) SELECT sum(a) AS value FROM s
---> rewritten, types
SELECT sum(amount) AS value FROM orders
-/->
SELECT sum(amount::INTEGER) AS value FROM orders

### TRY_CAST to its own type
SELECT sum(try_cast(distance AS INTEGER)) AS value FROM flights
---> cosmetic, types
SELECT sum(distance) AS value FROM flights
-/->
SELECT sum(try_cast(origin AS INTEGER)) AS value FROM flights

### a truth value as a number is not CASE
SELECT avg(cancelled::INTEGER) AS value FROM flights
-/->
SELECT avg(CASE WHEN cancelled THEN 1 ELSE 0 END) AS value FROM flights

## CASE, coalesce, nullif, if

### coalesce as CASE
SELECT sum(coalesce(dep_delay, 0)) AS value FROM flights
---> cosmetic
SELECT sum(CASE WHEN dep_delay IS NULL THEN 0 ELSE dep_delay END) AS value FROM flights
-/->
SELECT sum(CASE WHEN dep_delay IS NULL THEN 1 ELSE dep_delay END) AS value FROM flights

### coalesce as CASE with IS NOT NULL
SELECT sum(coalesce(dep_delay, 0)) AS value FROM flights
---> cosmetic
SELECT sum(CASE WHEN dep_delay IS NOT NULL THEN dep_delay ELSE 0 END) AS value FROM flights
-/->
SELECT sum(CASE WHEN arr_delay IS NOT NULL THEN dep_delay ELSE 0 END) AS value FROM flights

### coalesce as IF
SELECT avg(if(dep_delay IS NULL, 0, dep_delay)) AS value FROM flights
---> cosmetic
SELECT avg(ifnull(dep_delay, 0)) AS value FROM flights
-/->
SELECT avg(if(dep_delay IS NULL, NULL, dep_delay)) AS value FROM flights

### nullif as CASE
SELECT avg(nullif(dep_delay, 0)) AS value FROM flights
---> cosmetic
SELECT avg(CASE WHEN dep_delay = 0 THEN NULL ELSE dep_delay END) AS value FROM flights
-/->
SELECT avg(CASE WHEN dep_delay = 0 THEN 0 ELSE dep_delay END) AS value FROM flights

### nullif the other way round
SELECT sum(nullif(dep_delay, arr_delay)) AS value FROM flights
-/->
SELECT sum(nullif(arr_delay, dep_delay)) AS value FROM flights

### CASE turned round is not the same where its test is NULL
SELECT sum(CASE WHEN dep_delay > 15 THEN 1 ELSE 2 END) AS value FROM flights
-/->
SELECT sum(CASE WHEN dep_delay <= 15 THEN 2 ELSE 1 END) AS value FROM flights

### CASE of IS NULL turned round
SELECT sum(CASE WHEN dep_delay IS NULL THEN 1 ELSE 2 END) AS value FROM flights
---> cosmetic
SELECT sum(CASE WHEN dep_delay IS NOT NULL THEN 2 ELSE 1 END) AS value FROM flights
-/->
SELECT sum(CASE WHEN dep_delay IS NOT NULL THEN 1 ELSE 2 END) AS value FROM flights

### if() with three parts
SELECT if(dep_delay > 15, 'late', 'on time') AS s, count(*) AS value FROM flights GROUP BY ALL
---> cosmetic
SELECT CASE WHEN dep_delay > 15 THEN 'late' ELSE 'on time' END AS s, count(*) AS value FROM flights GROUP BY s
-/->
SELECT CASE WHEN dep_delay >= 15 THEN 'late' ELSE 'on time' END AS s, count(*) AS value FROM flights GROUP BY s

### concat skips NULL and || does not
SELECT concat(origin, '-', dest) AS route, count(*) AS value FROM flights GROUP BY ALL
-/->
SELECT origin || '-' || dest AS route, count(*) AS value FROM flights GROUP BY ALL

### greatest skips NULL and CASE does not
SELECT sum(greatest(dep_delay, arr_delay)) AS value FROM flights
-/->
SELECT sum(CASE WHEN dep_delay > arr_delay THEN dep_delay ELSE arr_delay END) AS value FROM flights

## counting

### count(1)
SELECT count(1) AS value FROM flights
---> cosmetic
SELECT count(*) AS value FROM flights
-/->
SELECT count(dep_delay) AS value FROM flights

### a count of what is there
SELECT count(dep_delay) AS value FROM flights
---> cosmetic
SELECT count(*) FILTER (WHERE dep_delay IS NOT NULL) AS value FROM flights
-/->
SELECT count(*) FILTER (WHERE dep_delay IS NULL) AS value FROM flights

### a count of what is there, filtered
SELECT count(dep_delay) FILTER (WHERE cancelled) AS value FROM flights
---> cosmetic
SELECT count(*) FILTER (WHERE cancelled AND dep_delay IS NOT NULL) AS value FROM flights
-/->
SELECT count(*) FILTER (WHERE cancelled) AS value FROM flights

### count of CASE as FILTER
SELECT count(CASE WHEN dep_delay > 15 THEN 1 END) AS value FROM flights
---> cosmetic
SELECT count(*) FILTER (WHERE dep_delay > 15) AS value FROM flights
-/->
SELECT count(CASE WHEN dep_delay > 15 THEN 1 ELSE 0 END) AS value FROM flights

### a sum of ones is NULL of no rows
SELECT sum(CASE WHEN dep_delay > 15 THEN 1 ELSE 0 END) AS value FROM flights WHERE origin = 'XXX'
-/->
SELECT count(*) FILTER (WHERE dep_delay > 15) AS value FROM flights WHERE origin = 'XXX'

### count_if is NULL where count is 0
SELECT origin, count_if(cancelled) AS value FROM flights WHERE cancelled IS NULL GROUP BY origin
-/->
SELECT origin, count(*) FILTER (WHERE cancelled) AS value FROM flights WHERE cancelled IS NULL GROUP BY origin

### a filter of all is not a filter of one
SELECT count(*) FILTER (WHERE dep_delay > 15) AS late, count(*) AS value FROM flights
-/->
SELECT count(*) AS late, count(*) AS value FROM flights WHERE dep_delay > 15

### the same conditions in every FILTER
SELECT count(*) FILTER (WHERE cancelled AND TRUE) AS value, sum(distance) FILTER (WHERE TRUE) AS d FROM flights
---> cosmetic
SELECT count(*) FILTER (WHERE cancelled) AS value, sum(distance) AS d FROM flights
-/->
SELECT count(*) FILTER (WHERE cancelled) AS value, sum(distance) FILTER (WHERE cancelled) AS d FROM flights

## names

### an alias written out
SELECT origin, dep_delay > 15 AS late, count(*) FILTER (WHERE late) AS value FROM flights GROUP BY ALL
---> cosmetic, types
SELECT origin, dep_delay > 15 AS late, count(*) FILTER (WHERE dep_delay > 15) AS value FROM flights GROUP BY 1, 2
-/->
SELECT origin, dep_delay > 15 AS late, count(*) FILTER (WHERE NOT late) AS value FROM flights GROUP BY ALL

### a ratio of aliases written out
SELECT origin, count(*) FILTER (WHERE dep_delay <= 15) AS on_time, count(*) AS n, on_time / n AS value FROM flights GROUP BY ALL
---> cosmetic, types
SELECT origin, count(*) FILTER (WHERE dep_delay <= 15) AS on_time, count(*) AS n, count(*) FILTER (WHERE dep_delay <= 15) / count(*) AS value FROM flights GROUP BY origin
-/->
SELECT origin, count(*) FILTER (WHERE dep_delay <= 15) AS on_time, count(*) AS n, n / on_time AS value FROM flights GROUP BY ALL

### an alias in WHERE
SELECT flight_date, dep_delay + arr_delay AS total FROM flights WHERE total > 20
---> cosmetic, types
SELECT flight_date, dep_delay + arr_delay AS total FROM flights WHERE dep_delay + arr_delay > 20
-/->
SELECT flight_date, dep_delay + arr_delay AS total FROM flights WHERE dep_delay > 20

### an alias in HAVING
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING n > 14
---> cosmetic
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING count(*) > 14
-/->
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING count(dep_delay) > 14

### an alias in QUALIFY
SELECT origin, flight_date, row_number() OVER (PARTITION BY origin ORDER BY flight_date, distance, dep_delay, arr_delay, carrier, dest, cancelled) AS r FROM flights QUALIFY r = 1
---> cosmetic, types
SELECT origin, flight_date, row_number() OVER (PARTITION BY origin ORDER BY flight_date, distance, dep_delay, arr_delay, carrier, dest, cancelled) AS r FROM flights QUALIFY row_number() OVER (PARTITION BY origin ORDER BY flight_date, distance, dep_delay, arr_delay, carrier, dest, cancelled) = 1
-/->
SELECT origin, flight_date, row_number() OVER (PARTITION BY origin ORDER BY flight_date, distance, dep_delay, arr_delay, carrier, dest, cancelled) AS r FROM flights QUALIFY r = 2

### GROUP BY ALL written out
SELECT date_trunc('week', flight_date) AS week, origin, carrier, count(*) AS value FROM flights GROUP BY ALL
---> cosmetic
SELECT date_trunc('week', flight_date) AS week, origin, carrier, count(*) AS value FROM flights GROUP BY week, origin, carrier
-/->
SELECT date_trunc('week', flight_date) AS week, origin, any_value(carrier) AS carrier, count(*) AS value FROM flights GROUP BY week, origin

### GROUP BY ALL with a fixed label
SELECT 'NY' AS city, origin, count(*) AS value FROM flights GROUP BY ALL
---> cosmetic
SELECT 'NY' AS city, origin, count(*) AS value FROM flights GROUP BY origin
-/->
SELECT 'NY' AS city, origin, count(*) AS value FROM flights GROUP BY origin, dest

### a fixed label alone is no key to GROUP BY ALL
SELECT 'NY' AS city, count(*) AS value FROM flights WHERE origin = 'XXX' GROUP BY ALL
-/->
SELECT 'NY' AS city, count(*) AS value FROM flights WHERE origin = 'XXX' GROUP BY 'NY'

### a constant that is worked out is no key to GROUP BY ALL
SELECT 1 + 1 AS two, count(*) AS value FROM flights WHERE origin = 'XXX' GROUP BY ALL
-/->
SELECT 1 + 1 AS two, count(*) AS value FROM flights WHERE origin = 'XXX' GROUP BY 1 + 1

### GROUP BY a fixed number by its name
SELECT 3 AS k, origin, count(*) AS value FROM flights GROUP BY k, origin
---> cosmetic, types
SELECT 3 AS k, origin, count(*) AS value FROM flights GROUP BY 2
-/->
SELECT 3 AS k, origin, count(*) AS value FROM flights GROUP BY k, origin, carrier

### GROUP BY a fixed number alone
SELECT 2 AS k, count(*) AS value FROM flights WHERE origin = 'XXX' GROUP BY k
---> cosmetic, types
SELECT 2 AS k, count(*) AS value FROM flights WHERE origin = 'XXX' GROUP BY 1
-/->
SELECT 2 AS k, count(*) AS value FROM flights WHERE origin = 'XXX'

### GROUP BY ALL over a join
SELECT c.name, date_trunc('month', f.flight_date) AS month, avg(f.dep_delay) AS value FROM flights f JOIN carriers c ON c.code = f.carrier GROUP BY ALL
---> cosmetic
SELECT c.name, date_trunc('month', f.flight_date) AS month, avg(f.dep_delay) AS value FROM flights f JOIN carriers c ON f.carrier = c.code GROUP BY c.name, date_trunc('month', f.flight_date)
-/->
SELECT c.name, date_trunc('month', f.flight_date) AS month, avg(f.dep_delay) AS value FROM flights f LEFT JOIN carriers c ON c.code = f.carrier GROUP BY ALL

### GROUP BY ALL with a CASE
SELECT CASE WHEN dep_delay > 15 THEN 'late' ELSE 'on time' END AS state, count(*) AS value FROM flights GROUP BY ALL
---> cosmetic
SELECT CASE WHEN dep_delay > 15 THEN 'late' ELSE 'on time' END AS state, count(*) AS value FROM flights GROUP BY CASE WHEN dep_delay > 15 THEN 'late' ELSE 'on time' END
-/->
SELECT CASE WHEN dep_delay > 15 THEN 'late' ELSE 'on time' END AS state, count(*) AS value FROM flights GROUP BY state, origin

### a name in ORDER BY as its place
SELECT DISTINCT origin FROM flights ORDER BY origin
---> cosmetic
SELECT DISTINCT origin FROM flights ORDER BY 1
-/->
SELECT DISTINCT origin FROM flights ORDER BY 1 LIMIT 2

## steps

### a filtering step of everything
WITH late AS (SELECT * FROM flights WHERE dep_delay > 15) SELECT origin, count(*) AS value FROM late GROUP BY origin
---> rewritten
SELECT origin, count(*) AS value FROM flights WHERE dep_delay > 15 GROUP BY origin
-/->
SELECT origin, count(*) AS value FROM flights GROUP BY origin

### a step of everything, then another
WITH late AS (SELECT * FROM flights WHERE dep_delay > 15), jfk AS (SELECT * FROM late WHERE origin = 'JFK') SELECT count(*) AS value FROM jfk
---> rewritten
SELECT count(*) AS value FROM flights WHERE dep_delay > 15 AND origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE dep_delay > 15 OR origin = 'JFK'

### a step of everything beside a join
WITH late AS (SELECT * FROM flights WHERE dep_delay > 15) SELECT c.name, count(*) AS value FROM late f JOIN carriers c ON c.code = f.carrier GROUP BY ALL
---> rewritten
SELECT c.name, count(*) AS value FROM flights f JOIN carriers c ON c.code = f.carrier WHERE f.dep_delay > 15 GROUP BY ALL
-/->
SELECT c.name, count(*) AS value FROM flights f LEFT JOIN carriers c ON c.code = f.carrier AND f.dep_delay > 15 GROUP BY ALL

### a step of everything on the right of a LEFT JOIN
SELECT c.code, count(f.flight_date) AS value FROM carriers c LEFT JOIN (SELECT * FROM flights WHERE origin = 'JFK') f ON f.carrier = c.code GROUP BY ALL
---> rewritten
SELECT c.code, count(f.flight_date) AS value FROM carriers c LEFT JOIN flights f ON f.carrier = c.code AND f.origin = 'JFK' GROUP BY ALL
-/->
SELECT c.code, count(f.flight_date) AS value FROM carriers c LEFT JOIN flights f ON f.carrier = c.code WHERE f.origin = 'JFK' GROUP BY ALL

### SELECT * of a step
WITH us AS (SELECT * FROM carriers WHERE country = 'US') SELECT * FROM us
---> rewritten
SELECT * FROM carriers WHERE country = 'US'
-/->
SELECT * FROM carriers WHERE country = 'CA'

### SELECT * of a query of columns
SELECT * FROM (SELECT origin, count(*) AS value FROM flights GROUP BY origin) s
---> rewritten
SELECT origin, count(*) AS value FROM flights GROUP BY origin
-/->
SELECT count(*) AS value, origin FROM flights GROUP BY origin

### a step of groups read by a sum
WITH daily AS (SELECT flight_date, origin, count(*) AS n FROM flights GROUP BY ALL) SELECT origin, sum(n) AS value FROM daily GROUP BY origin
---> rewritten
SELECT origin, sum(n) AS value FROM (SELECT flight_date, origin, count(*) AS n FROM flights GROUP BY flight_date, origin) d GROUP BY 1
-/->
WITH daily AS (SELECT flight_date, origin, count(*) AS n FROM flights GROUP BY ALL) SELECT origin, max(n) AS value FROM daily GROUP BY origin

### a step of groups joined
WITH n AS (SELECT carrier, count(*) AS n FROM flights GROUP BY carrier) SELECT c.name, n.n AS value FROM carriers c JOIN n ON n.carrier = c.code
---> rewritten
SELECT c.name, f.n AS value FROM carriers c JOIN (SELECT carrier, count(*) AS n FROM flights GROUP BY 1) f ON c.code = f.carrier
-/->
SELECT c.name, f.n AS value FROM carriers c JOIN (SELECT carrier, count(dep_delay) AS n FROM flights GROUP BY 1) f ON c.code = f.carrier

### a step that computes
WITH f AS (SELECT date_trunc('week', flight_date) AS week, dep_delay <= 15 AS on_time FROM flights) SELECT week, count(*) FILTER (WHERE on_time) / count(*) AS value FROM f GROUP BY week
---> rewritten
SELECT date_trunc('week', flight_date) AS week, count(*) FILTER (WHERE dep_delay <= 15) / count(*) AS value FROM flights GROUP BY week
-/->
SELECT date_trunc('week', flight_date) AS week, count(*) FILTER (WHERE dep_delay < 15) / count(*) AS value FROM flights GROUP BY week

### a step of a union
WITH u AS (SELECT kind FROM events UNION ALL SELECT kind FROM events_v2) SELECT kind, count(*) AS value FROM u GROUP BY kind
---> rewritten
SELECT kind, count(*) AS value FROM (SELECT kind FROM events_v2 UNION ALL SELECT kind FROM events) u GROUP BY 1
-/->
WITH u AS (SELECT kind FROM events UNION SELECT kind FROM events_v2) SELECT kind, count(*) AS value FROM u GROUP BY kind

### a step by name last
WITH final AS (SELECT origin, count(*) AS value FROM flights GROUP BY origin) SELECT * FROM final ORDER BY value DESC, origin
---> rewritten
SELECT origin, count(*) AS value FROM flights GROUP BY origin ORDER BY value DESC, origin
-/->
SELECT origin, count(*) AS value FROM flights GROUP BY origin ORDER BY value DESC, origin LIMIT 1

### a step read twice, filtered in one
WITH f AS (SELECT origin, carrier FROM flights WHERE dep_delay > 15) SELECT count(*) AS value FROM f WHERE carrier IN (SELECT carrier FROM f WHERE origin = 'JFK')
---> rewritten
SELECT count(*) AS value FROM flights WHERE dep_delay > 15 AND carrier IN (SELECT carrier FROM flights WHERE origin = 'JFK' AND dep_delay > 15)
-/->
SELECT count(*) AS value FROM flights WHERE dep_delay > 15 AND carrier IN (SELECT carrier FROM flights WHERE origin = 'JFK')

### a step with a LIMIT stays a step
WITH s AS (SELECT distance FROM flights ORDER BY distance, flight_date LIMIT 3) SELECT count(*) AS value FROM s WHERE distance > 1
-/->
SELECT count(*) AS value FROM flights WHERE distance > 1

### a step with DISTINCT stays a step
WITH s AS (SELECT DISTINCT origin, carrier FROM flights) SELECT origin, count(*) AS value FROM s GROUP BY origin
-/->
SELECT origin, count(*) AS value FROM flights GROUP BY origin

## functions

### an alias of an aggregate
SELECT mean(dep_delay) AS value FROM flights
---> cosmetic
SELECT avg(dep_delay) AS value FROM flights
-/->
SELECT median(dep_delay) AS value FROM flights

### date_add as +
SELECT max(date_add(flight_date, INTERVAL 1 DAY)) AS value FROM flights
---> cosmetic
SELECT max(flight_date + INTERVAL 1 DAY) AS value FROM flights
-/->
SELECT max(flight_date + 1) AS value FROM flights

### starts_with by its other names
SELECT count(*) AS value FROM events WHERE starts_with(kind, 'pre')
---> cosmetic
SELECT count(*) AS value FROM events WHERE kind ^@ 'pre'
-/->
SELECT count(*) AS value FROM events WHERE ends_with(kind, 'pre')

### power by its other names
SELECT sum(power(distance, 2)) AS value FROM flights
---> cosmetic
SELECT sum(distance ** 2) AS value FROM flights
-/->
SELECT sum(power(2, distance)) AS value FROM flights

### the end of a month by its days
SELECT sum(days_in_month(flight_date)) AS value FROM flights
---> cosmetic
SELECT sum(day(last_day(flight_date))) AS value FROM flights
-/->
SELECT sum(day(flight_date)) AS value FROM flights

### substr for substring
SELECT substr(origin, 1, 2) AS o, count(*) AS value FROM flights GROUP BY 1
---> cosmetic
SELECT substring(origin, 1, 2) AS o, count(*) AS value FROM flights GROUP BY 1
-/->
SELECT substring(origin, 2) AS o, count(*) AS value FROM flights GROUP BY 1

### LIKE of a beginning
SELECT count(*) AS value FROM events WHERE kind LIKE 'pre%'
---> cosmetic, types
SELECT count(*) AS value FROM events WHERE starts_with(kind, 'pre')
-/->
SELECT count(*) AS value FROM events WHERE starts_with(kind, 'pre_')

### a wild card is not its letter
SELECT count(*) AS value FROM events WHERE kind LIKE 'pre_%'
-/->
SELECT count(*) AS value FROM events WHERE starts_with(kind, 'pre_')

## constants

### a product of literals
SELECT count(*) AS value FROM flights WHERE distance < 2 * 3
---> cosmetic
SELECT count(*) AS value FROM flights WHERE distance < 6
-/->
SELECT count(*) AS value FROM flights WHERE distance < 2 + 3

### a quotient of literals
SELECT sum(dep_delay * (1 / 4)) AS value FROM flights
---> cosmetic, engine
SELECT sum(dep_delay * (2 / 8)) AS value FROM flights
-/->
SELECT sum(dep_delay * (1 // 4)) AS value FROM flights

### texts put together
SELECT count(*) AS value FROM flights WHERE origin = 'J' || 'FK'
---> cosmetic, types, engine
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin = 'J' || ' FK'

### a function of a literal
SELECT count(*) AS value FROM flights WHERE origin = upper('jfk')
---> cosmetic, types, engine
SELECT count(*) AS value FROM flights WHERE origin = 'JFK'
-/->
SELECT count(*) AS value FROM flights WHERE origin = lower('JFK')

### the first day of a quarter
SELECT count(*) AS value FROM flights WHERE flight_date >= date_trunc('quarter', DATE '2013-11-12')
---> cosmetic, types, engine
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-01'
-/->
SELECT count(*) AS value FROM flights WHERE flight_date >= date_trunc('month', DATE '2013-11-12')

### a cast of a literal
SELECT sum(distance * CAST('2' AS INTEGER)) AS value FROM flights
---> cosmetic, engine
SELECT sum(distance * CAST(2 AS INTEGER)) AS value FROM flights
-/->
SELECT sum(distance * CAST('2.4' AS DOUBLE)) AS value FROM flights

### today is no constant
SELECT count(*) AS value FROM flights WHERE flight_date < current_date
-/->
SELECT count(*) AS value FROM flights WHERE flight_date < DATE '2013-11-01'
