/** Runs in MLflow: an observer that reports to a tracking server. */
package dev.inlay.mlflow;
