-- Back-tests now tell alerts (what owners would have got) from firings; earlier results have one number for both and would be misread.
UPDATE workbench_runs
SET state = CASE WHEN state = 'done' THEN 'failed' ELSE state END,
    error = CASE WHEN state = 'done' THEN 'run before alerts were counted apart from firings: run it again' ELSE error END,
    result = NULL,
    progress = NULL
WHERE result IS NOT NULL OR progress IS NOT NULL;
