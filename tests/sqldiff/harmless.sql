Rewrites that leave the meaning as it was. All run on DuckDB over the tables of tables.py; `--->` stands between before and after.

## spelling

### spacing and case of keywords
SELECT count(*) AS value FROM flights
--->
select
  count(*) as value
from flights

### comments
SELECT count(*) AS value FROM flights
--->
-- all
SELECT count(*) /* each */ AS value FROM flights -- x

### a semicolon at the end
SELECT count(*) AS value FROM flights
--->
SELECT count(*) AS value FROM flights;

### case of names
SELECT origin, count(*) AS n FROM flights GROUP BY origin
--->
SELECT Origin, COUNT(*) AS N FROM Flights GROUP BY ORIGIN

### quoted names
SELECT origin FROM flights
--->
SELECT "origin" FROM "flights"

### AS left out
SELECT f.origin AS o FROM flights AS f
--->
SELECT f.origin o FROM flights f

### parentheses
SELECT origin FROM flights WHERE dep_delay > 5 AND distance < 7
--->
SELECT (origin) FROM flights WHERE ((dep_delay > (5)) AND (distance < 7))

### FROM first
SELECT origin FROM flights
--->
FROM flights SELECT origin

### the default schema written out
SELECT origin FROM flights
--->
SELECT origin FROM main.flights

### an underscore in a number
SELECT origin FROM flights WHERE distance < 1000
--->
SELECT origin FROM flights WHERE distance < 1_000

### a dollar-quoted text
SELECT count(*) FROM flights WHERE origin = 'JFK'
--->
SELECT count(*) FROM flights WHERE 'JFK' = origin

### two ways to cast
SELECT CAST(dep_delay AS INTEGER) AS d FROM flights
--->
SELECT dep_delay::INT AS d FROM flights

### two ways to write a day
SELECT count(*) FROM flights WHERE flight_date >= DATE '2013-10-01'
--->
SELECT count(*) FROM flights WHERE flight_date >= CAST('2013-10-01' AS DATE)

### a day as text beside a day
SELECT count(*) FROM flights WHERE flight_date >= DATE '2013-10-01'
--->
SELECT count(*) FROM flights WHERE flight_date >= '2013-10-01'

### two ways to write an interval
SELECT count(*) FROM orders WHERE ordered_at > TIMESTAMP '2013-11-20' - INTERVAL '28 days'
--->
SELECT count(*) FROM orders WHERE ordered_at > TIMESTAMP '2013-11-20' - INTERVAL 28 DAY

### prefix alias
SELECT count(*) AS value FROM flights
--->
SELECT value: count(*) FROM flights

### ASC written out
SELECT origin, dep_delay FROM flights ORDER BY dep_delay LIMIT 5
--->
SELECT origin, dep_delay FROM flights ORDER BY dep_delay ASC LIMIT 5

### NULLS LAST written out
SELECT origin, dep_delay FROM flights ORDER BY dep_delay
--->
SELECT origin, dep_delay FROM flights ORDER BY dep_delay NULLS LAST

### FETCH for LIMIT
SELECT origin FROM flights ORDER BY origin LIMIT 3
--->
SELECT origin FROM flights ORDER BY origin FETCH FIRST 3 ROWS ONLY

### an idle OFFSET
SELECT origin FROM flights ORDER BY origin LIMIT 3
--->
SELECT origin FROM flights ORDER BY origin LIMIT 3 OFFSET 0

## aliases

### a table alias
SELECT flights.origin FROM flights
--->
SELECT f.origin FROM flights f

### another table alias
SELECT a.origin, b.name FROM flights a JOIN carriers b ON a.carrier = b.code
--->
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code

### columns with their table
SELECT origin, name FROM flights JOIN carriers ON carrier = code
--->
SELECT flights.origin, carriers.name FROM flights JOIN carriers ON flights.carrier = carriers.code

### the name of a CTE
WITH late AS (SELECT * FROM flights WHERE dep_delay > 15) SELECT count(*) AS value FROM late
--->
WITH delayed AS (SELECT * FROM flights WHERE dep_delay > 15) SELECT count(*) AS value FROM delayed

### a column inside
SELECT max(n) AS value FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin) s
--->
SELECT max(cnt) AS value FROM (SELECT origin, count(*) AS cnt FROM flights GROUP BY origin) x

### columns named at the CTE
WITH x AS (SELECT origin AS o, count(*) AS n FROM flights GROUP BY 1) SELECT o, n FROM x
--->
WITH x(o, n) AS (SELECT origin, count(*) FROM flights GROUP BY 1) SELECT o, n FROM x

### columns named at the subquery
SELECT s.o FROM (SELECT origin AS o FROM flights) s
--->
SELECT s.o FROM (SELECT origin FROM flights) AS s(o)

### names in the second branch
SELECT origin AS a FROM flights UNION ALL SELECT dest FROM flights
--->
SELECT origin AS a FROM flights UNION ALL SELECT dest AS whatever FROM flights

### a named window
SELECT origin, sum(distance) OVER (PARTITION BY origin ORDER BY flight_date) AS s FROM flights
--->
SELECT origin, sum(distance) OVER w AS s FROM flights WINDOW w AS (PARTITION BY origin ORDER BY flight_date)

## conditions

### ANDs in another order
SELECT count(*) FROM flights WHERE origin = 'JFK' AND dep_delay > 15 AND carrier = 'AA'
--->
SELECT count(*) FROM flights WHERE carrier = 'AA' AND origin = 'JFK' AND dep_delay > 15

### ORs in another order
SELECT count(*) FROM flights WHERE origin = 'JFK' OR dep_delay > 15
--->
SELECT count(*) FROM flights WHERE dep_delay > 15 OR origin = 'JFK'

### IN in another order
SELECT count(*) FROM flights WHERE origin IN ('JFK', 'LGA')
--->
SELECT count(*) FROM flights WHERE origin IN ('LGA', 'JFK')

### IN of one
SELECT count(*) FROM flights WHERE origin IN ('JFK')
--->
SELECT count(*) FROM flights WHERE origin = 'JFK'

### IN as ORs
SELECT count(*) FROM flights WHERE origin IN ('JFK', 'LGA') AND distance > 3
--->
SELECT count(*) FROM flights WHERE (origin = 'LGA' OR origin = 'JFK') AND distance > 3

### NOT IN as ANDs
SELECT count(*) FROM orders WHERE status NOT IN ('cancelled', 'refunded')
--->
SELECT count(*) FROM orders WHERE status <> 'cancelled' AND status != 'refunded'

### NOT IN with NOT first
SELECT count(*) FROM orders WHERE status NOT IN ('cancelled', 'refunded')
--->
SELECT count(*) FROM orders WHERE NOT status IN ('refunded', 'cancelled')

### a comparison turned round
SELECT count(*) FROM flights WHERE dep_delay > 15
--->
SELECT count(*) FROM flights WHERE 15 < dep_delay

### != for <>
SELECT count(*) FROM flights WHERE origin <> 'JFK'
--->
SELECT count(*) FROM flights WHERE origin != 'JFK'

### NOT of an equality
SELECT count(*) FROM flights WHERE origin <> 'JFK'
--->
SELECT count(*) FROM flights WHERE NOT (origin = 'JFK')

### NOT of an order
SELECT count(*) FROM flights WHERE dep_delay <= 15
--->
SELECT count(*) FROM flights WHERE NOT dep_delay > 15

### NOT of AND
SELECT count(*) FROM flights WHERE NOT (origin = 'JFK' AND dep_delay > 15)
--->
SELECT count(*) FROM flights WHERE origin <> 'JFK' OR dep_delay <= 15

### NOT NOT
SELECT count(*) FROM flights WHERE origin = 'JFK'
--->
SELECT count(*) FROM flights WHERE NOT NOT origin = 'JFK'

### IS NOT NULL in two ways
SELECT count(*) FROM flights WHERE dep_delay IS NOT NULL
--->
SELECT count(*) FROM flights WHERE NOT dep_delay IS NULL

### NOTNULL
SELECT count(*) FROM flights WHERE dep_delay IS NOT NULL
--->
SELECT count(*) FROM flights WHERE dep_delay NOTNULL

### BETWEEN as two comparisons
SELECT count(*) FROM flights WHERE dep_delay BETWEEN 0 AND 15
--->
SELECT count(*) FROM flights WHERE dep_delay >= 0 AND dep_delay <= 15

### NOT BETWEEN
SELECT count(*) FROM flights WHERE dep_delay NOT BETWEEN 0 AND 15
--->
SELECT count(*) FROM flights WHERE dep_delay < 0 OR dep_delay > 15

### BETWEEN of days
SELECT count(*) FROM flights WHERE flight_date BETWEEN '2013-10-01' AND '2013-10-31'
--->
SELECT count(*) FROM flights WHERE flight_date >= DATE '2013-10-01' AND flight_date <= DATE '2013-10-31'

### a condition twice
SELECT count(*) FROM flights WHERE origin = 'JFK'
--->
SELECT count(*) FROM flights WHERE origin = 'JFK' AND origin = 'JFK'

### WHERE TRUE
SELECT count(*) FROM flights
--->
SELECT count(*) FROM flights WHERE TRUE

### WHERE 1 = 1 AND
SELECT count(*) FROM flights WHERE origin = 'JFK'
--->
SELECT count(*) FROM flights WHERE 1 = 1 AND origin = 'JFK'

### LIKE by its operator
SELECT count(*) FROM flights WHERE origin LIKE 'J%'
--->
SELECT count(*) FROM flights WHERE origin ~~ 'J%'

### NOT LIKE with NOT first
SELECT count(*) FROM flights WHERE origin NOT LIKE 'J%'
--->
SELECT count(*) FROM flights WHERE NOT origin LIKE 'J%'

### an idle zero
SELECT count(*) FROM flights WHERE dep_delay > 1.5
--->
SELECT count(*) FROM flights WHERE dep_delay > 1.50

## expressions

### a sum turned round
SELECT dep_delay + arr_delay AS d FROM flights
--->
SELECT arr_delay + dep_delay AS d FROM flights

### a sum with a number turned round
SELECT distance + 10 AS d FROM flights
--->
SELECT 10 + distance AS d FROM flights

### a product turned round
SELECT sum(distance * 2) AS d FROM flights
--->
SELECT sum(2 * distance) AS d FROM flights

### a product worked out
SELECT count(*) FROM flights WHERE distance < 60 * 60
--->
SELECT count(*) FROM flights WHERE distance < 3600

### if() as CASE
SELECT if(dep_delay > 15, 1, 0) AS late FROM flights
--->
SELECT CASE WHEN dep_delay > 15 THEN 1 ELSE 0 END AS late FROM flights

### ELSE NULL left out
SELECT CASE WHEN dep_delay > 15 THEN 1 ELSE NULL END AS late FROM flights
--->
SELECT CASE WHEN dep_delay > 15 THEN 1 END AS late FROM flights

### CASE with a subject
SELECT CASE origin WHEN 'JFK' THEN 1 WHEN 'LGA' THEN 2 END AS o FROM flights
--->
SELECT CASE WHEN origin = 'JFK' THEN 1 WHEN origin = 'LGA' THEN 2 END AS o FROM flights

### CASE in ELSE
SELECT CASE WHEN dep_delay > 15 THEN 1 ELSE CASE WHEN dep_delay > 5 THEN 2 ELSE 3 END END AS o FROM flights
--->
SELECT CASE WHEN dep_delay > 15 THEN 1 WHEN dep_delay > 5 THEN 2 ELSE 3 END AS o FROM flights

### ifnull for coalesce
SELECT coalesce(dep_delay, 0) AS d FROM flights
--->
SELECT ifnull(dep_delay, 0) AS d FROM flights

### coalesce in coalesce
SELECT coalesce(dep_delay, arr_delay, 0) AS d FROM flights
--->
SELECT coalesce(coalesce(dep_delay, arr_delay), 0) AS d FROM flights

### year() for extract
SELECT extract(year FROM flight_date) AS y, count(*) FROM flights GROUP BY 1
--->
SELECT year(flight_date) AS y, count(*) FROM flights GROUP BY 1

### date_part for extract
SELECT extract(month FROM flight_date) AS m FROM flights
--->
SELECT date_part('month', flight_date) AS m FROM flights

### a unit in capitals
SELECT date_trunc('week', flight_date) AS w FROM flights
--->
SELECT datetrunc('WEEK', flight_date) AS w FROM flights

### substr for substring
SELECT substring(origin, 1, 2) AS o FROM flights
--->
SELECT substr(origin, 1, 2) AS o FROM flights

### SUBSTRING FROM FOR
SELECT substring(origin, 1, 2) AS o FROM flights
--->
SELECT substring(origin FROM 1 FOR 2) AS o FROM flights

### length by another name
SELECT length(origin) AS n FROM flights
--->
SELECT len(origin) AS n FROM flights

### mod() for %
SELECT distance % 3 AS m FROM flights
--->
SELECT mod(distance, 3) AS m FROM flights

### pow() for **
SELECT pow(distance, 2) AS m FROM flights
--->
SELECT distance ** 2 AS m FROM flights

### position for strpos
SELECT strpos(origin, 'F') AS p FROM flights
--->
SELECT position('F' IN origin) AS p FROM flights

## aggregates

### count(1)
SELECT count(*) AS value FROM flights
--->
SELECT count(1) AS value FROM flights

### count()
SELECT count(*) AS value FROM flights
--->
SELECT count() AS value FROM flights

### mean for avg
SELECT avg(dep_delay) AS value FROM flights
--->
SELECT mean(dep_delay) AS value FROM flights

### quantile by its full name
SELECT quantile_disc(dep_delay, 0.9) AS value FROM flights
--->
SELECT quantile(dep_delay, 0.9) AS value FROM flights

### count of CASE as FILTER
SELECT count(*) FILTER (WHERE dep_delay > 15) AS value FROM flights
--->
SELECT count(CASE WHEN dep_delay > 15 THEN 1 END) AS value FROM flights

### sum of CASE as FILTER
SELECT sum(distance) FILTER (WHERE origin = 'JFK') AS value FROM flights
--->
SELECT sum(CASE WHEN origin = 'JFK' THEN distance END) AS value FROM flights

### a distinct count of CASE as FILTER
SELECT count(DISTINCT carrier) FILTER (WHERE origin = 'JFK') AS value FROM flights
--->
SELECT count(DISTINCT CASE WHEN origin = 'JFK' THEN carrier END) AS value FROM flights

### parentheses after DISTINCT
SELECT count(DISTINCT carrier) AS value FROM flights
--->
SELECT count(DISTINCT (carrier)) AS value FROM flights

## groups and order

### GROUP BY a place
SELECT origin, count(*) AS n FROM flights GROUP BY origin
--->
SELECT origin, count(*) AS n FROM flights GROUP BY 1

### GROUP BY an alias
SELECT date_trunc('week', flight_date) AS week, count(*) AS n FROM flights GROUP BY 1
--->
SELECT date_trunc('week', flight_date) AS week, count(*) AS n FROM flights GROUP BY week

### GROUP BY the expression
SELECT date_trunc('week', flight_date) AS week, count(*) AS n FROM flights GROUP BY week
--->
SELECT date_trunc('week', flight_date) AS week, count(*) AS n FROM flights GROUP BY date_trunc('week', flight_date)

### GROUP BY ALL
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY origin, carrier
--->
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY ALL

### GROUP BY in another order
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY origin, carrier
--->
SELECT origin, carrier, count(*) AS n FROM flights GROUP BY carrier, origin

### HAVING by alias
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING count(*) > 5
--->
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING n > 5

### ORDER BY a place
SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY n DESC, origin
--->
SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY 2 DESC, 1

### ORDER BY the expression
SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY n DESC, origin
--->
SELECT origin, count(*) AS n FROM flights GROUP BY origin ORDER BY count(*) DESC, origin

### an alias used again
SELECT count(*) FILTER (WHERE dep_delay <= 15) AS on_time, count(*) AS scheduled, on_time / scheduled AS value FROM flights GROUP BY carrier
--->
SELECT count(*) FILTER (WHERE dep_delay <= 15) AS on_time, count(*) AS scheduled, count(*) FILTER (WHERE dep_delay <= 15) / count(*) AS value FROM flights GROUP BY carrier

### PARTITION BY in another order
SELECT row_number() OVER (PARTITION BY origin, carrier ORDER BY flight_date, distance, dep_delay, arr_delay, dest, cancelled) AS n FROM flights
--->
SELECT row_number() OVER (PARTITION BY carrier, origin ORDER BY flight_date, distance, dep_delay, arr_delay, dest, cancelled) AS n FROM flights

### the default frame
SELECT sum(distance) OVER (ORDER BY flight_date) AS s FROM flights
--->
SELECT sum(distance) OVER (ORDER BY flight_date RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM flights

### a short frame
SELECT max(distance) OVER (ORDER BY flight_date, dep_delay, distance ROWS UNBOUNDED PRECEDING) AS s FROM flights
--->
SELECT max(distance) OVER (ORDER BY flight_date, dep_delay, distance ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS s FROM flights

## joins

### INNER
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM flights f INNER JOIN carriers c ON f.carrier = c.code

### OUTER
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM flights f LEFT OUTER JOIN carriers c ON c.code = f.carrier

### a comma
SELECT f.origin, c.name FROM flights f CROSS JOIN carriers c
--->
SELECT f.origin, c.name FROM flights f, carriers c

### a join as a filter
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code WHERE f.distance > 3
--->
SELECT f.origin, c.name FROM flights f, carriers c WHERE f.carrier = c.code AND f.distance > 3

### a filter in ON of an inner join
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code WHERE c.country = 'US'
--->
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code AND c.country = 'US'

### USING
SELECT o.amount, f.plan FROM orders o JOIN offices f ON o.office_id = f.office_id
--->
SELECT o.amount, f.plan FROM orders o JOIN offices f USING (office_id)

### sides of an inner join
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM carriers c JOIN flights f ON f.carrier = c.code

### RIGHT as LEFT
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code
--->
SELECT f.origin, c.name FROM carriers c RIGHT JOIN flights f ON f.carrier = c.code

### two LEFT JOINs in another order
SELECT o.order_id, f.plan, r.amount FROM orders o LEFT JOIN offices f ON o.office_id = f.office_id LEFT JOIN refunds r ON r.order_id = o.order_id
--->
SELECT o.order_id, f.plan, r.amount FROM orders o LEFT JOIN refunds r ON r.order_id = o.order_id LEFT JOIN offices f ON o.office_id = f.office_id

## steps

### CTEs in another order
WITH a AS (SELECT origin FROM flights), b AS (SELECT code FROM carriers) SELECT a.origin, b.code FROM a CROSS JOIN b
--->
WITH b AS (SELECT code FROM carriers), a AS (SELECT origin FROM flights) SELECT a.origin, b.code FROM a CROSS JOIN b

### a CTE that nothing reads
SELECT count(*) AS value FROM flights
--->
WITH unused AS (SELECT * FROM carriers) SELECT count(*) AS value FROM flights

### a CTE for a subquery
SELECT max(n) AS value FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin) s
--->
WITH s AS (SELECT origin, count(*) AS n FROM flights GROUP BY origin) SELECT max(n) AS value FROM s

### a CTE taken in
WITH late AS (SELECT origin, dep_delay FROM flights WHERE dep_delay > 15) SELECT origin, count(*) AS n FROM late GROUP BY origin
--->
SELECT origin, count(*) AS n FROM flights WHERE dep_delay > 15 GROUP BY origin

### a chain of CTEs taken in
WITH a AS (SELECT origin, carrier, dep_delay FROM flights WHERE dep_delay > 5), b AS (SELECT origin, carrier FROM a WHERE origin = 'JFK') SELECT carrier, count(*) AS n FROM b GROUP BY carrier
--->
SELECT carrier, count(*) AS n FROM flights WHERE origin = 'JFK' AND dep_delay > 5 GROUP BY carrier

### SELECT * around
SELECT origin, count(*) AS n FROM flights GROUP BY origin
--->
SELECT * FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin) s

### HAVING as an outer filter
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING count(*) > 5
--->
SELECT origin, n FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin) s WHERE n > 5

### HAVING on a key
SELECT origin, count(*) AS n FROM flights WHERE origin <> 'JFK' GROUP BY origin
--->
SELECT origin, count(*) AS n FROM flights GROUP BY origin HAVING origin <> 'JFK'

### QUALIFY as an outer filter
SELECT origin, carrier FROM flights QUALIFY rank() OVER (PARTITION BY origin ORDER BY distance) = 1
--->
SELECT origin, carrier FROM (SELECT origin, carrier, rank() OVER (PARTITION BY origin ORDER BY distance) AS r FROM flights) s WHERE r = 1

### DISTINCT as GROUP BY
SELECT DISTINCT origin, carrier FROM flights
--->
SELECT origin, carrier FROM flights GROUP BY origin, carrier

### a filter in a subquery of the join
SELECT f.origin, c.name FROM flights f JOIN carriers c ON f.carrier = c.code WHERE c.country = 'US'
--->
SELECT f.origin, c.name FROM flights f JOIN (SELECT code, name FROM carriers WHERE country = 'US') c ON f.carrier = c.code

### a filter in a subquery of a LEFT JOIN
SELECT f.origin, c.name FROM flights f LEFT JOIN carriers c ON f.carrier = c.code AND c.country = 'US'
--->
SELECT f.origin, c.name FROM flights f LEFT JOIN (SELECT code, name FROM carriers WHERE country = 'US') c ON f.carrier = c.code

### IN as EXISTS
SELECT count(*) AS value FROM flights WHERE carrier IN (SELECT code FROM carriers WHERE country = 'US')
--->
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT 1 FROM carriers c WHERE c.country = 'US' AND c.code = f.carrier)

### what EXISTS selects
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT 1 FROM carriers c WHERE c.code = f.carrier)
--->
SELECT count(*) AS value FROM flights f WHERE EXISTS (SELECT * FROM carriers c WHERE c.code = f.carrier)

### DISTINCT inside IN
SELECT count(*) AS value FROM flights WHERE carrier IN (SELECT code FROM carriers)
--->
SELECT count(*) AS value FROM flights WHERE carrier IN (SELECT DISTINCT code FROM carriers)

### branches of a union in another order
SELECT origin AS a FROM flights UNION ALL SELECT code FROM carriers
--->
SELECT code AS a FROM carriers UNION ALL SELECT origin FROM flights

### unions in another nesting
SELECT origin AS a FROM flights UNION ALL (SELECT code FROM carriers UNION ALL SELECT kind FROM events)
--->
(SELECT origin AS a FROM flights UNION ALL SELECT code FROM carriers) UNION ALL SELECT kind FROM events

### a column more inside
WITH s AS (SELECT origin, count(*) AS n FROM flights GROUP BY origin) SELECT max(n) AS value FROM s
--->
WITH s AS (SELECT origin, count(*) AS n, avg(dep_delay) AS d FROM flights GROUP BY origin) SELECT max(n) AS value FROM s

### a constant in a CTE
SELECT count(*) AS value FROM flights WHERE dep_delay > 15
--->
WITH f AS (SELECT dep_delay, 15 AS bound FROM flights) SELECT count(*) AS value FROM f WHERE dep_delay > bound

### a CTE read twice, written out
WITH s AS (SELECT origin, count(*) AS n FROM flights GROUP BY origin) SELECT a.origin FROM s a JOIN s b ON a.n = b.n
--->
SELECT a.origin FROM (SELECT origin, count(*) AS n FROM flights GROUP BY origin) a JOIN (SELECT origin, count(*) AS n FROM flights GROUP BY origin) b ON a.n = b.n

### TABLE for SELECT *
SELECT * FROM carriers
--->
TABLE carriers

### * written out
SELECT * FROM carriers
--->
SELECT code, name, country FROM carriers

### * without a column
SELECT code, name FROM carriers
--->
SELECT * EXCLUDE (country) FROM carriers

### a filter on a window around a query without a name
SELECT origin, carrier FROM flights QUALIFY rank() OVER (PARTITION BY origin ORDER BY distance) = 1
--->
SELECT origin, carrier FROM (SELECT origin, carrier, rank() OVER (PARTITION BY origin ORDER BY distance) AS r FROM flights) WHERE r = 1

### a step that names a day
WITH p AS (SELECT DATE '2013-10-01' AS since) SELECT count(*) AS value FROM flights, p WHERE flight_date >= since
--->
SELECT count(*) AS value FROM flights WHERE flight_date >= DATE '2013-10-01'

### a step that names a number
WITH p AS (SELECT 15 AS late) SELECT count(*) AS value FROM flights CROSS JOIN p WHERE dep_delay > late
--->
SELECT count(*) AS value FROM flights WHERE dep_delay > 15

### a filter behind a window that nobody reads
SELECT origin, count(*) AS n FROM (SELECT origin, rank() OVER (ORDER BY distance) AS r, cancelled FROM flights WHERE distance < 5) s WHERE cancelled GROUP BY origin
--->
SELECT origin, count(*) AS n FROM flights WHERE distance < 5 AND cancelled GROUP BY origin
