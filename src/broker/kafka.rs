//! Apache Kafka as the broker.
