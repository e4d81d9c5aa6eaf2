"""What is done with steps, once for all of them. Knows no connector and no Prefect."""
