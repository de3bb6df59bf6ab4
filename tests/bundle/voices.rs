//! What containers of the demo write.

use wheelhouse::demo::bundle::Voice;

const SHOP: &[&str] = &[
    "{time} INFO  GET /products?page=1 200 18ms",
    "{time} INFO  GET /products/8812 200 9ms",
    "{time} INFO  POST /cart/items 201 24ms",
    "{time} INFO  GET /healthz 200 1ms",
    "{time} INFO  GET /products?page=2 200 21ms",
    "{time} WARN  price of 8812 is 40s old, asked catalog again",
    "{time} INFO  GET /cart 200 12ms",
    "{time} INFO  GET /healthz 200 1ms",
    "{time} INFO  GET /search?q=lamp 502 3004ms",
    "{time} ERROR search: connect to search.search.svc:80: connection refused",
    "{time} INFO  GET / 200 7ms",
];

const SEARCH: &[&str] = &[
    "{time} INFO  search 2.10.0 starts, pid 1",
    "{time} INFO  reads configuration from environment: LOG_LEVEL=info FEATURE_CHECKOUT=on",
    "{time} ERROR open /var/lib/search/index-v4: no such file or directory",
    "{time} FATAL no index to serve, leaving with code 1",
];

const IMPORT: &[&str] = &[
    "{time} INFO  importer 3.4.1: from s3://exports.example.com/stock",
    "{time} INFO  found 118 files, 2.1 GiB",
    "{time} INFO  1/118 stock-0001.csv: 20000 rows read",
    "{time} ERROR ERROR: relation \"stock_levels\" does not exist (SQLSTATE 42P01)",
    "{time} FATAL import failed after 0 rows: exit code 3",
];

const BILLING: &[&str] = &[
    "{time} INFO  invoice run: 212 open, 0 overdue",
    "{time} INFO  GET /healthz 200 1ms",
    "{time} INFO  POST /invoices 201 31ms",
    "{time} INFO  GET /invoices/90417 200 8ms",
    "{time} INFO  GET /healthz 200 1ms",
];

pub fn voices() -> Vec<Voice> {
    vec![
        voice(("shop", "storefront-5d6cc547c6-", "web"), SHOP, 2_900, true),
        voice(("billing", "billing-", "web"), BILLING, 5_300, true),
        voice(("search", "search-", "web"), SEARCH, 1_100, false),
        voice(("warehouse", "inventory-import-", "import"), IMPORT, 1_900, false),
    ]
}

fn voice((namespace, pods, container): (&str, &str, &str), lines: &[&str], apart: i64, repeats: bool) -> Voice {
    Voice {
        namespace: namespace.to_owned(),
        pods: pods.to_owned(),
        container: container.to_owned(),
        lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        apart,
        repeats,
    }
}
