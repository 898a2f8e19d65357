/** Pieces of work as tasks of Apache Spark, and tables of Parquet. */
package dev.inlay.spark;
