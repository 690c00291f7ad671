"""Who acts: labs, startups and governments as rows, developers and researchers as populations."""
