/* ---
title: All buyers
grain: month
--- */
SELECT month, sum(value) AS value
FROM metrics.buyers
GROUP BY 1
