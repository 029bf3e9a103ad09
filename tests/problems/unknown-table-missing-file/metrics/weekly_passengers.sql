/* ---
title: Passengers a week
owner: maria
--- */
SELECT week, count(*) AS value
FROM days JOIN weekly_passenger USING (day)
GROUP BY week
