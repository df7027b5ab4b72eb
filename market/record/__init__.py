"""What was done, for those who may read it: sentences, timelines, the auditor's search."""
