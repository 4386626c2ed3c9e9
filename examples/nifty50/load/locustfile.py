"""Load on the API by profile: `PROFILE=load locust --headless --host URL -f load/locustfile.py`."""

import os

from locust import HttpUser, LoadTestShape, between, events, task

# users, spawned a second, time in seconds
PROFILES = {
    "smoke": (10, 1, 2 * 60),
    "load": (100, 10, 10 * 60),
    "stress": (500, 50, 30 * 60),
    "spike": (1000, 100, 5 * 60),
    "endurance": (200, 20, 2 * 60 * 60),
}


class Profile(LoadTestShape):
    """One of the profiles; LOAD_SECONDS cuts its time short."""

    users, rate, seconds = PROFILES[os.environ.get("PROFILE", "smoke")]
    seconds = int(os.environ.get("LOAD_SECONDS", seconds))

    def tick(self) -> tuple[int, float] | None:
        return None if self.get_run_time() > self.seconds else (self.users, self.rate)


class Trader(HttpUser):
    wait_time = between(0.1, 0.5)

    def on_start(self) -> None:
        self.client.headers["x-api-key"] = os.environ.get("DASHBOARD_API_KEY", "")
        self.client.put("/quotes/NIFTY", json={"price": 22_000})

    @task(10)
    def quote(self) -> None:
        self.client.get("/quotes/NIFTY")

    @task(1)
    def order(self) -> None:
        body = {"symbol": "NIFTY", "quantity": 0, "confidence": 0.9}
        self.client.post("/orders", json=body)


@events.quitting.add_listener
def judge(environment, **_unused) -> None:
    """No request may fail, and p95 stays below 500 ms: else the run ends with exit code 1."""
    total = environment.stats.total
    p95 = total.get_response_time_percentile(0.95) or 0
    if total.num_requests == 0 or total.num_failures > 0 or p95 > 500:
        environment.process_exit_code = 1
