/* ---
title: Passengers a day
owner: maria
--- */
SELECT day, count(*) AS value
FROM passengers
GROUP BY day
