# One image for every process of the studio; docker-compose.yml says which command each runs.
# Not run here: this machine could not build images when it was written. The steps are those of the Makefile.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install --yes --no-install-recommends make \
 && rm -rf /var/lib/apt/lists/*

WORKDIR /app
COPY Makefile requirements.lock ./
RUN PIP_NO_CACHE_DIR=1 make .venv/installed

COPY . .
RUN make install \
 && useradd --uid 10001 --create-home studio \
 && install -d -o studio -g studio /var/lib/studio /run/studio

USER studio
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STUDIO_VAR=/var/lib/studio \
    STUDIO_SOCKETS=/run/studio
CMD ["studio", "--help"]
