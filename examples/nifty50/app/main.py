"""Quotes and paper orders of the NIFTY 50 over HTTP."""

from datetime import datetime, timezone

from fastapi import FastAPI, HTTPException, Response
from pydantic import BaseModel, Field

from app import health
from app.risk import Order, refusal
from app.settings import read_settings
from app.store import Store

settings = read_settings()
store = Store(settings.database_url, settings.redis_url)
app = FastAPI(title="nifty50", version=settings.version)


class Quote(BaseModel):
    price: float = Field(gt=0)


class Wanted(BaseModel):
    symbol: str = Field(min_length=1, max_length=20)
    quantity: int
    confidence: float = Field(ge=0, le=1)


@app.get("/health/live")
def live() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/health/ready")
def ready(response: Response) -> dict[str, object]:
    latencies = {
        "database": (health.measured(store.ask_database), 1000, 2000),
        "redis": (health.measured(store.ask_prices), 500, 1000),
    }
    parts = {name: health.level(*values) for name, values in latencies.items()}
    status = health.worst(list(parts.values()))
    if status == "UNHEALTHY":
        response.status_code = 503
    return {"status": status, "parts": parts}


@app.get("/version")
def version() -> dict[str, object]:
    return {
        "version": settings.version,
        "mode": settings.trading_mode,
        "max_position": settings.limits.max_position,
    }


@app.put("/quotes/{symbol}")
def put_quote(symbol: str, quote: Quote) -> dict[str, object]:
    store.set_price(symbol, quote.price)
    return {"symbol": symbol, "price": quote.price}


@app.get("/quotes/{symbol}")
def get_quote(symbol: str) -> dict[str, object]:
    price = store.price(symbol)
    if price is None:
        raise HTTPException(404, f"no price of {symbol}")
    return {"symbol": symbol, "price": price}


@app.post("/orders", status_code=201)
def place(wanted: Wanted) -> dict[str, object]:
    price = store.price(wanted.symbol)
    if price is None:
        raise HTTPException(404, f"no price of {wanted.symbol}")
    order = Order(wanted.symbol, wanted.quantity, price, wanted.confidence)
    today = datetime.now(timezone.utc).date()
    reason = refusal(order, store.book(wanted.symbol, today), settings.limits)
    if reason is not None:
        raise HTTPException(422, reason)
    return {"id": store.place(order), "symbol": wanted.symbol, "price": price}
